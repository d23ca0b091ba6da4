// SPDX-License-Identifier: Apache-2.0
import CompactStorage

/// Which checks are on and at which level: the defaults, changed by dtc's `-W` and `-E` in the order given.
public struct CheckLevels: Hashable, Sendable {
  /// A check is off, warns, is an error, or was told to be both; an error weighs more then, but taking the error away
  /// leaves the warning.
  struct State: Hashable, Sendable {
    var warns: Bool
    var isError: Bool
  }

  /// The name in a `-W` or `-E` that no check has.
  public struct UnknownCheck: Error, Hashable, Sendable {
    public let name: String

    public init(name: String) {
      self.name = name
    }
  }

  var states: [State]

  /// The default level of every check.
  public init() {
    states = TreeCheck.all.map { State(warns: $0.level == .warning, isError: $0.level == .error) }
  }

  /// The level of a check now; nil when there is none of that name.
  public subscript(name: String) -> CheckLevel? {
    guard let position = TreeCheck.position(of: name) else { return nil }
    return states[position].isError ? .error : states[position].warns ? .warning : .off
  }

  /// Does what dtc's `-W NAME` does. `no-NAME` or `no_NAME` takes the warning away again.
  ///
  /// - Throws: ``UnknownCheck`` when no check has that name.
  public mutating func warn(_ option: String) throws(UnknownCheck) {
    try change(option, State(warns: true, isError: false))
  }

  /// Does what dtc's `-E NAME` does. `no-NAME` or `no_NAME` makes the check no error any more.
  ///
  /// - Throws: ``UnknownCheck`` when no check has that name.
  public mutating func fail(_ option: String) throws(UnknownCheck) {
    try change(option, State(warns: false, isError: true))
  }

  private mutating func change(_ option: String, _ level: State) throws(UnknownCheck) {
    let isLowering = option.hasPrefix("no-") || option.hasPrefix("no_")
    let name = isLowering ? String(option.dropFirst(3)) : option
    guard let position = TreeCheck.position(of: name) else { throw UnknownCheck(name: name) }
    // A check needs its prerequisites at the same level, and without them it cannot stand.
    // Each check is met once, so that this ends however the checks hang together.
    var pending = [position]
    while let check = pending.popLast() {
      let changes =
        (level.warns && states[check].warns == isLowering)
        || (level.isError && states[check].isError == isLowering)
      guard changes else { continue }
      if level.warns { states[check].warns = !isLowering }
      if level.isError { states[check].isError = !isLowering }
      pending += isLowering ? TreeCheck.dependents(of: check) : TreeCheck.prerequisites(of: check)
    }
  }
}
