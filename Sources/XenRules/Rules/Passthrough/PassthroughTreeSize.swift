// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

extension Rule {
  static let passthroughTreeSize = Rule(
    "passthrough-tree-size", "a module is shorter than the partial tree in it",
    effects: [
      Effect("bad", xen417: .panics("Could not set up domain domA"))
    ],
    explanation: """
      A tree's header says how long it is. When `reg` of the module gives less, Xen refuses the tree and does not set the domain up: \
      a size that was right before the tree was compiled again is the usual cause. Give the file's size, or more.
      """
  ) { subject in
    subject.partialTrees.compactMap { partial in
      guard let range = partial.module.range, let bytes = partial.module.file?.bytes, bytes.count >= 8 else {
        return nil
      }
      let total = bytes[4..<8].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      let given = range.upperBound - range.lowerBound
      guard given > 0, given < total else { return nil }
      return Finding(
        "\(subject.title(partial.module)) is \(describeSize(total)) long, and its module only \(describeSize(given))",
        at: subject.place(partial.module.node, property: "reg"))
    }
  }
}
