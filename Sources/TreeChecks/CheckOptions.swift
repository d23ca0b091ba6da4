// SPDX-License-Identifier: Apache-2.0

/// What a run of the checks has to know besides the tree.
public struct CheckOptions: Sendable {
  /// Where the tree comes from. dtc judges the two differently: a blob says neither where something was written nor
  /// which cells were references.
  public enum Origin: Hashable, Sendable {
    /// A source; `isPlugin` says whether it bears `/plugin/`.
    case source(isPlugin: Bool)
    /// A blob or a `/proc/device-tree` folder. One with `/__fixups__` or `/__local_fixups__` is an overlay.
    case blob
  }

  /// The properties in which a node is told its phandle when it needs a new one: dtc's `-H`.
  public enum PhandleFormat: String, Hashable, Sendable {
    case epapr, legacy, both
  }

  public var levels: CheckLevels
  public var origin: Origin
  public var phandleFormat: PhandleFormat
  /// Whether references stay marked in the values into which their phandles and paths were put, for a printer that
  /// shows them as references. The tree cannot be flattened then.
  public var keepsReferenceMarks: Bool
  /// Whether somebody wants to know of warnings. Without, only errors are among the findings, and what could only warn
  /// is not looked for.
  public var keepsWarnings: Bool

  public init(
    levels: CheckLevels = CheckLevels(), origin: Origin = .source(isPlugin: false),
    phandleFormat: PhandleFormat = .epapr, keepsReferenceMarks: Bool = false, keepsWarnings: Bool = true
  ) {
    self.levels = levels
    self.origin = origin
    self.phandleFormat = phandleFormat
    self.keepsReferenceMarks = keepsReferenceMarks
    self.keepsWarnings = keepsWarnings
  }
}
