// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let moduleUnitAddress = Rule(
    "module-unit-address", "the name of a boot module has another address than its `reg`", level: .note,
    after: ["module-reg", "cell-sizes"],
    effects: [
      Effect("bad", xen417: .boots)
    ],
    explanation: """
      Xen looks at `reg` alone. A name with another address is mostly what was left when a module was moved, and misleads \
      whoever writes the load commands.
      """
  ) { subject in
    subject.modules.compactMap { module in
      guard let range = module.range, module.uefiBinary == nil,
        let text = subject.tree[module.node].unitAddress.map(String.init),
        let named = UInt64(text.hasPrefix("0x") ? String(text.dropFirst(2)) : text, radix: 16),
        named != range.lowerBound
      else { return nil }
      return Finding(
        "\(subject.tree[module.node].name) is loaded at \(hex(range.lowerBound)), says its reg",
        at: subject.place(module.node),
        hint: "one of the two is wrong; Xen goes by reg")
    }
  }
}
