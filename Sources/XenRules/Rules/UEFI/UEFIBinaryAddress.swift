// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let uefiBinaryAddress = Rule(
    "uefi-binary-address", "a module asks for an address that UEFI firmware does not honour", level: .warning,
    effects: [Effect("bad", xen417: .boots)],
    explanation: """
      For a module with `xen,uefi-binary` the stub asks the firmware for any memory that is large enough, loads the file there and \
      writes its own `reg` in place of the one in the tree. An address in `reg` counts only where the tree is used without the stub. \
      Remove `reg`; what must be at an address of its own must be loaded by something else.
      """
  ) { subject in
    subject.modules.compactMap { module in
      guard let file = module.uefiBinary, let range = module.range, subject.flow == nil || subject.flow == .uefi else {
        return nil
      }
      return Finding(
        "\(subject.title(module)) is at \(hex(range.lowerBound)), but the firmware chooses where it loads \(file)",
        at: subject.place(module.node, property: "reg"))
    }
  }
}
