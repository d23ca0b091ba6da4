// SPDX-License-Identifier: Apache-2.0

/// Which checks are on and at which level: the defaults, changed by dtc's `-W` and `-E` in the order given.
public struct CheckLevels: Hashable, Sendable {
  /// The name in a `-W` or `-E` that no check has.
  public struct UnknownCheck: Error, Hashable, Sendable {
    public let name: String

    public init(name: String) {
      self.name = name
    }
  }

  /// The checks that warn, and those that are errors. A check may be told to be both; an error weighs more then, but
  /// taking the error away leaves the warning.
  private(set) var warnings = CheckSet()
  private(set) var errors = CheckSet()

  /// The default level of every check.
  public init() {
    for check in TreeCheck.ID.all {
      switch check.level {
      case .warning: warnings.insert(check)
      case .error: errors.insert(check)
      case .off: break
      }
    }
  }

  /// The level of a check now; nil when there is none of that name.
  public subscript(name: String) -> CheckLevel? { TreeCheck.known(name).map { self[$0] } }

  subscript(check: TreeCheck.ID) -> CheckLevel {
    errors.contains(check) ? .error : warnings.contains(check) ? .warning : .off
  }

  /// Does what dtc's `-W NAME` does. `no-NAME` or `no_NAME` takes the warning away again.
  ///
  /// - Throws: ``UnknownCheck`` when no check has that name.
  public mutating func warn(_ option: String) throws(UnknownCheck) {
    try Self.change(&warnings, option)
  }

  /// Does what dtc's `-E NAME` does. `no-NAME` or `no_NAME` makes the check no error any more.
  ///
  /// - Throws: ``UnknownCheck`` when no check has that name.
  public mutating func fail(_ option: String) throws(UnknownCheck) {
    try Self.change(&errors, option)
  }

  /// Puts a check among those of a level, or takes it away.
  private static func change(_ checks: inout CheckSet, _ option: String) throws(UnknownCheck) {
    let isLowering = option.hasPrefix("no-") || option.hasPrefix("no_")
    let name = isLowering ? String(option.dropFirst(3)) : option
    guard let check = TreeCheck.known(name) else { throw UnknownCheck(name: name) }
    // A check needs its prerequisites at the same level, and without them it cannot stand.
    // Each check is met once, so that this ends however the checks hang together.
    var pending = [check]
    while let check = pending.popLast() {
      guard checks.contains(check) == isLowering else { continue }
      checks.set(check, !isLowering)
      if isLowering {
        pending += TreeCheck.dependents(of: check)
      } else {
        TreeCheck[check].forEachPrerequisite { pending.append($0) }
      }
    }
  }
}
