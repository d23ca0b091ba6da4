// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

// Rules that `grove passthrough` and `passthrough:` of a description speak while they cut a device out of the host's tree.
extension Rule {
  static let passthroughDevice = Rule(
    "passthrough-device", "what is to be given away is no device that a guest can have",
    explanation: """
      A device is named by its path, an alias or a label, and has `compatible`. Interrupt controllers, IOMMUs and the timer are Xen's; \
      a PCI host has windows and messages for devices behind it, which a guest that Xen builds cannot have. Its `reg` has to be readable, and \
      the guest's addresses need room for it.
      """)

  static let passthroughDisabled = Rule(
    "passthrough-disabled", "a device is given away that the host's tree does not use", level: .warning,
    explanation: """
      Its `status` says that it is not in use on this board. The guest gets it as if it were, and finds out whether its pins and clocks are \
      there.
      """)

  static let passthroughChoice = Rule(
    "passthrough-choice", "a device needs something that stays with the host",
    explanation: """
      A guest reaches what its partial tree has, and nothing of a controller that dom0 keeps. Each thing that stands in the way poses a \
      choice that only a person can make: give the controller too, or leave the property out because the boot loader or dom0 has set it up \
      (`drop:`, or --drop).
      """)

  static let passthroughClock = Rule(
    "passthrough-clock", "a device needs a clock whose rate the tree does not say",
    explanation: """
      The guest gets a fixed clock in place of a controller's. Its rate has to be said, as the running board has it in \
      /sys/kernel/debug/clk/clk_summary: `clocks:`, or --clock NAME=HZ.
      """)

  static let passthroughInterrupt = Rule(
    "passthrough-interrupt", "an interrupt of a device cannot be passed on",
    explanation: """
      Xen passes on shared interrupts of the GIC. Private ones, those of other controllers, and those of a device without registers stay \
      behind. Give the other controller too, or leave the interrupts out (`drop:`, or --drop).
      """)

  static let passthroughPartner = Rule(
    "passthrough-partner", "a device shares its power domain with others that stay behind", level: .warning,
    explanation: """
      Whoever has the others may switch the power domain off. Leave `power-domains` out (`drop:`, or --drop) when it is on anyway, and see to \
      it that it stays on.
      """)
}
