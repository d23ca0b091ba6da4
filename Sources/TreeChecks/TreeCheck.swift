// SPDX-License-Identifier: Apache-2.0
import CompactStorage

/// How much a finding of a check weighs.
public enum CheckLevel: String, Hashable, Sendable, CaseIterable {
  case error, warning, off
}

/// One structural check of a device tree, under the name by which dtc knows it.
///
/// A few checks also put the tree in order as they go, as dtc's do: `explicit_phandles` learns the phandles,
/// `phandle_references` and `path_references` put phandles and paths where references stand, `name_properties` takes
/// away `name` properties that say nothing new, and `omit_unused_nodes` drops nodes that nothing refers to.
public struct TreeCheck: Sendable {
  /// The name for `-W` and `-E`, such as `reg_format`.
  public let name: String
  /// The level when nobody changes it.
  public let level: CheckLevel
  /// The checks that must have passed before this one can say anything.
  public let prerequisites: [String]
  /// What the check demands of a tree.
  public let summary: String
  let run: @Sendable (inout Inspection) -> Void

  init(
    _ name: String, _ level: CheckLevel, after prerequisites: [String] = [], _ summary: String,
    run: @escaping @Sendable (inout Inspection) -> Void
  ) {
    self.name = name
    self.level = level
    self.prerequisites = prerequisites
    self.summary = summary
    self.run = run
  }

  /// A check that warns.
  init(
    _ name: String, after prerequisites: [String] = [], _ summary: String,
    run: @escaping @Sendable (inout Inspection) -> Void
  ) {
    self.init(name, .warning, after: prerequisites, summary, run: run)
  }
}

extension TreeCheck {
  /// Every check, in the order in which they run and speak.
  public static let all: [TreeCheck] = {
    var all: [TreeCheck] = []
    all.reserveCapacity(96)
    for group in [
      names, labels, references, simpleValues, strictNames, addresses, unitAddresses, pci, simpleBus, i2c, spi,
      cellHabits, chosen, providers, gpios, interrupts, aliases, graph, alwaysFail,
    ] { all += group }
    return all
  }()

  /// The position in ``all`` of the check of that name.
  static func position(of name: String) -> Int? { all.firstIndex { $0.name == name } }

  /// The checks that a check is a prerequisite of, as positions.
  static func dependents(of check: Int) -> [Int] {
    let name = all[check].name
    return all.indices.filter { all[$0].prerequisites.contains(name) }
  }

  /// The prerequisites of a check, as positions.
  static func prerequisites(of check: Int) -> [Int] { all[check].prerequisites.compactMap { position(of: $0) } }

  private static let alwaysFail = [
    TreeCheck("always_fail", .off, "no node at all: a check to try the levels of checks with") { run in
      for node in run.order { run.report(node, "always_fail check") }
    }
  ]
}
