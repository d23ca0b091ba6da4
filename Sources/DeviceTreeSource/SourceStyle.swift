// SPDX-License-Identifier: Apache-2.0

/// How a tree is written as a source.
public struct SourceStyle: Hashable, Sendable {
  /// What is said behind a node or property about where it comes from.
  public enum Annotation: Hashable, Sendable {
    case none
    /// `/* file:line */`; files in that folder, or in folders around it, are named from there.
    case lines(folder: String)
    /// `/* file:line:column-line:column */`
    case spans
  }

  /// Whether the text is the one that dtc 1.8 writes, byte for byte: then short values with as many letters as zeros
  /// are taken for strings, and what was said about a node for reading it alone is left out.
  public var isLikeDtc: Bool
  public var annotation: Annotation

  /// What to say behind a property, or with an empty name behind the start of the node, by the node's path.
  public var remarks: [String: [String: String]] = [:]

  public init(isLikeDtc: Bool = false, annotation: Annotation = .none) {
    self.isLikeDtc = isLikeDtc
    self.annotation = annotation
  }
}
