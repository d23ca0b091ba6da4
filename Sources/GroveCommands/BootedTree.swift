// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import BootTargets
internal import Diagnostics
internal import SystemFiles
internal import XenSystem

/// The tree behind a boot log, or the description that it was built from: the domains' names and what the rules say of it.
struct BootedTree {
  /// By Xen's numbers.
  let names: [Int: String]
  let judgement: Judgement

  /// - Throws: an exit code, when the file cannot be read and that has been said.
  init(_ file: String, check: CheckCommand) throws {
    let domains = try Output.reporting(file) {
      if file.hasSuffix(".yaml") || file.hasSuffix(".yml") {
        return try loadSystem([file]).system.domains.filter { !$0.isDom0 }.map(\.name.value)
      } else {
        return StartedSystem(try loadTree(file).tree).domains.map(\.name)
      }
    }
    names = Dictionary(uniqueKeysWithValues: domains.enumerated().map { ($0.offset + 1, $0.element) })
    judgement = try check.judge([file])
  }
}
