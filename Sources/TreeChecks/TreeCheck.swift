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
  /// What a check does. None of these captures anything, so that the table of checks costs no memory of its own.
  enum Body: Sendable {
    /// It looks at the tree as a whole.
    case tree(@Sendable (inout Inspection) -> Void)
    /// It looks at each property of that name. Without such a property it does not run.
    case each(String, @Sendable (inout Inspection, PropertyRef) -> Void)
    /// It holds such a property to the cells of the nodes that it names.
    case specifiers(ProviderProperty)
  }

  let id: ID
  /// The name for `-W` and `-E`, such as `reg_format`.
  public let name: String
  /// The level when nobody changes it.
  public let level: CheckLevel
  /// What the check demands of a tree.
  public let summary: String
  private let required: (ID?, ID?, ID?)
  let body: Body

  /// - Parameters:
  ///   - first, second, third: the checks that must have passed before this one, in the order in which they run.
  init(
    _ id: ID, _ name: String, _ level: CheckLevel = .warning, after first: ID? = nil, _ second: ID? = nil,
    _ third: ID? = nil, demands summary: String, body: Body
  ) {
    self.id = id
    self.name = name
    self.level = level
    self.summary = summary
    self.required = (first, second, third)
    self.body = body
  }

  /// A check of the tree as a whole.
  init(
    _ id: ID, _ name: String, _ level: CheckLevel = .warning, after first: ID? = nil, _ second: ID? = nil,
    _ third: ID? = nil, demands summary: String, run: @escaping @Sendable (inout Inspection) -> Void
  ) {
    self.init(id, name, level, after: first, second, third, demands: summary, body: .tree(run))
  }

  /// A check of each property of a name.
  init(
    _ id: ID, _ name: String, _ level: CheckLevel = .warning, after first: ID? = nil, _ second: ID? = nil,
    _ third: ID? = nil, each property: String, demands summary: String,
    run: @escaping @Sendable (inout Inspection, PropertyRef) -> Void
  ) {
    self.init(id, name, level, after: first, second, third, demands: summary, body: .each(property, run))
  }

  /// The checks that must have passed before this one can say anything.
  public var prerequisites: [String] {
    var names: [String] = []
    forEachPrerequisite { names.append(TreeCheck[$0].name) }
    return names
  }

  @inline(__always)
  func forEachPrerequisite(_ body: (ID) -> Void) {
    if let first = required.0 { body(first) }
    if let second = required.1 { body(second) }
    if let third = required.2 { body(third) }
  }
}

extension TreeCheck {
  /// Every check, in the order in which they run and speak.
  public static var all: [TreeCheck] { (0..<table.count).map { table[$0] } }

  /// The same, to be read in place.
  static let table = Table()

  /// The checks in memory of their own. An array of them would make the runtime make its type at every start of a process,
  /// and an inline one is copied as a whole whenever one of it is read.
  @safe
  struct Table: @unchecked Sendable {
    let count = 89
    private let start: UnsafeMutablePointer<TreeCheck>

    fileprivate init() {
      unsafe start = .allocate(capacity: count)
      var free = count
      add(names, &free)
      add(labels, &free)
      add(references, &free)
      add(simpleValues, &free)
      add(strictNames, &free)
      add(addresses, &free)
      add(unitAddresses, &free)
      add(pci, &free)
      add(simpleBus, &free)
      add(i2c, &free)
      add(spi, &free)
      add(cellHabits, &free)
      add(chosen, &free)
      add(providers, &free)
      add(gpios, &free)
      add(interrupts, &free)
      add(aliases, &free)
      add(graph, &free)
      add(alwaysFail, &free)
      precondition(free == 0)
    }

    private func add<let size: Int>(_ group: InlineArray<size, TreeCheck>, _ free: inout Int) {
      precondition(size <= free)
      for position in 0..<size {
        let next = count - free
        precondition(group[position].id.position == next)
        unsafe (start + next).initialize(to: group[position])
        free -= 1
      }
    }

    @inline(__always)
    subscript(position: Int) -> TreeCheck {
      _read {
        precondition(UInt(bitPattern: position) < UInt(bitPattern: count))
        yield unsafe start[position]
      }
    }
  }

  static subscript(check: ID) -> TreeCheck {
    @inline(__always) _read { yield table[check.position] }
  }

  /// The check of that name.
  static func known(_ name: String) -> ID? {
    for position in 0..<table.count where table[position].name == name { return table[position].id }
    return nil
  }

  /// The checks that a check is a prerequisite of.
  static func dependents(of check: ID) -> [ID] {
    var found: [ID] = []
    for position in 0..<table.count {
      table[position].forEachPrerequisite { if $0 == check { found.append(table[position].id) } }
    }
    return found
  }

  private static let alwaysFail: InlineArray<_, TreeCheck> = [
    TreeCheck(.alwaysFail, "always_fail", .off, demands: "no node at all: a check to try the levels of checks with") {
      run in
      for node in run.order { run.report(node, "always_fail check") }
    }
  ]
}
