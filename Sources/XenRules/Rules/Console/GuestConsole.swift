// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let guestConsole = Rule(
    "guest-console", "a guest's kernel is sent to a console that the guest does not have", level: .warning,
    effects: [
      Effect("bad", xen417: .wrong("PROBE bootargs=console=ttyS0")),
      Effect("bad-none", xen417: .boots),
    ],
    explanation: """
      The console that Xen gives to a guest is a PL011 UART, which Linux calls ttyAMA0, and only where the domain has \
      vpl011. ttyS0 and tty0 are those of a PC, hvc0 is that of dom0. A kernel that is sent to a console which is not \
      there boots and says nothing.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard let kernel = subject.module(.kernel, of: guest),
        let bootargs = subject.tree[kernel.node, "bootargs"]?.string
      else { return nil }
      let name = subject.tree[guest].name
      let consoles = bootargs.split(separator: " ").filter { $0.hasPrefix("console=") }.map { word in
        String(word.dropFirst(8).prefix { $0 != "," })
      }
      guard !consoles.isEmpty, !consoles.contains(where: { isThere($0, guest, in: subject) }) else { return nil }
      let shown = consoles.map { "console=\($0)" }.joined(separator: " ")
      let hasVPL011 = subject.has("vpl011", guest)
      return Finding(
        hasVPL011
          ? "\(name) is booted with \(shown), but its console is a PL011, ttyAMA0"
          : "\(name) is booted with \(shown), but has no such console",
        at: subject.place(kernel.node, property: "bootargs"),
        hint: hasVPL011 ? "write console=ttyAMA0" : "add vpl011 to the domain, and write console=ttyAMA0")
    }
  }

  private static func isThere(_ console: String, _ guest: DeviceTree.NodeID, in subject: Subject) -> Bool {
    if console == "ttyAMA0" || console == "ttyAMA" { return subject.has("vpl011", guest) }
    // Xenstore's consoles come later, from dom0; a device of a partial tree may be any other.
    if console.hasPrefix("hvc") { return subject.has("xen,enhanced", guest) }
    return subject.module(.deviceTree, of: guest) != nil
  }
}
