// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let moduleOfAnother = Rule(
    "module-of-another", "a guest names a file that bears the name of another guest", level: .warning,
    explanation: """
      Guests may share a kernel or a ramdisk. But a second guest that names the file of the first is mostly a copy of \
      its node that was not changed to the end, and both guests then have the same root file system.
      """
  ) { subject in
    let names = subject.guests.map { (guest: $0, name: subject.tree[$0].name.lowercased()) }
    return subject.modules.compactMap { module in
      guard let guest = module.guest, let file = module.uefiBinary?.lowercased(),
        let own = names.first(where: { $0.guest == guest })?.name, !holds(file, own),
        let other = names.first(where: { $0.guest != guest && holds(file, $0.name) })
      else { return nil }
      return Finding(
        "\(subject.title(module)) is \(module.uefiBinary ?? ""), which bears the name of \(subject.tree[other.guest].name)",
        at: subject.place(module.node, property: "xen,uefi-binary"))
    }
  }

  /// Whether a file's name holds the domain's as a word of its own: dom1 is not in dom10.
  private static func holds(_ file: String, _ name: String) -> Bool {
    guard name.utf8.count > 2 else { return false }
    return file.ranges(of: name).contains { range in
      let after = range.upperBound < file.endIndex ? file[range.upperBound] : " "
      let before = range.lowerBound > file.startIndex ? file[file.index(before: range.lowerBound)] : " "
      return !after.isNumber && !after.isLetter && !before.isNumber && !before.isLetter
    }
  }
}
