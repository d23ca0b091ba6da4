// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import Machine

extension Rule {
  static let moduleOutsideRAM = Rule(
    "module-outside-ram", "a boot module is not in the host's RAM", after: ["module-reg", "cell-sizes"],
    effects: [
      Effect("bad", xen417: .panics("Could not set up domain domA"))
    ],
    explanation: """
      Nothing can be loaded where no memory is: Xen reads what the bus returns there and stops with "Could not set up domain", \
      with an abort, or silently. The banks are those of the host tree's /memory nodes.
      """
  ) { subject in
    let ram = subject.machine.ram
    guard !ram.ranges.isEmpty else { return [] }
    return subject.modules.compactMap { module in
      guard let range = module.range, !range.isEmpty, !ram.contains(range) else { return nil }
      let banks = ram.ranges.map { describe($0) }.joined(separator: " and ")
      return Finding(
        "\(subject.title(module)) at \(describe(range)) is not in RAM, which is \(banks)",
        at: subject.place(module.node, property: "reg"))
    }
  }
}
