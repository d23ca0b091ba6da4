// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let uefiBinaryFlow = Rule(
    "uefi-binary-flow", "`xen,uefi-binary` names a file, and no UEFI stub is there to load it",
    effects: [Effect("bad", xen417: .silent)],
    explanation: """
      Only Xen's UEFI stub reads `xen,uefi-binary`. When U-Boot starts Xen with booti, or QEMU does, nobody loads the file: the module \
      has no `reg`, and Xen stops before it can print anything. Load the file yourself and give its address and size, or start Xen as \
      a program of UEFI.
      """
  ) { subject in
    guard let flow = subject.flow, flow != .uefi else { return [] }
    return subject.modules.compactMap { module in
      guard let file = module.uefiBinary, module.range == nil else { return nil }
      let who = flow == .uBoot ? "U-Boot" : "QEMU"
      return Finding(
        "\(subject.title(module)) names the file \(file), which \(who) does not load",
        at: subject.place(module.node, property: "xen,uefi-binary"), hint: "give its address and size in reg")
    }
  }
}
