// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
public import Diagnostics

/// What a check has to say of one node or property, or that it could not run.
public struct CheckFinding: Sendable {
  public enum Kind: Hashable, Sendable {
    case finding
    /// The check did not run, because that other check did not pass.
    case failedPrerequisite(String)
  }

  /// The name of the check that speaks.
  public let check: String
  /// Never ``CheckLevel/off``.
  public let level: CheckLevel
  public let kind: Kind
  /// The node spoken of; nil for a failed prerequisite.
  public let node: DeviceTree.NodeID?
  /// The property spoken of, if it is one.
  public let property: String?
  /// Where the property or the node was written; nil in a tree without sources.
  public let location: SourceLocation?
  /// Where else the node was written.
  public let furtherLocations: [SourceLocation]
  /// Whether dtc ends the message with an empty line.
  let endsInEmptyLine: Bool
  let pieces: FindingText
  let paths: NodePaths

  /// What is wrong, without place and path.
  public var text: String { pieces.written(with: paths) }
  /// The path of the node spoken of, as it was when the check ran.
  public var path: String? { node.map { paths.path(of: $0.index) } }
}

/// What a run of the checks came to.
public struct CheckResult: Sendable {
  /// In the order in which the checks spoke.
  public var findings: [CheckFinding]
  /// Whether a check at level error failed. The checks behind it did not run then.
  public var hasErrors: Bool

  public init(findings: [CheckFinding] = [], hasErrors: Bool = false) {
    self.findings = findings
    self.hasErrors = hasErrors
  }
}
