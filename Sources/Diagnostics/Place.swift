// SPDX-License-Identifier: Apache-2.0

/// A span of text in a source file. Lines and columns count from 1; the end is the last column of the span.
public struct SourceLocation: Hashable, Sendable, BitwiseCopyable {
  /// The file as the person named it, never made absolute.
  public var file: String {
    get { fileName.text }
    set { fileName = FileName(newValue) }
  }
  public var fileName: FileName
  public var line: Int32
  public var column: Int32
  public var endLine: Int32
  public var endColumn: Int32

  public init(file: String, line: Int, column: Int, endLine: Int? = nil, endColumn: Int? = nil) {
    fileName = FileName(file)
    self.line = Int32(clamping: line)
    self.column = Int32(clamping: column)
    self.endLine = Int32(clamping: endLine ?? line)
    self.endColumn = Int32(clamping: endColumn ?? column)
  }

  @inlinable
  public init(fileName: FileName, line: Int32, column: Int32, endLine: Int32, endColumn: Int32) {
    self.fileName = fileName
    self.line = line
    self.column = column
    self.endLine = endLine
    self.endColumn = endColumn
  }
}

/// Where something is: a span of a source text, a node or property of a tree, or only a file.
///
/// A finished tree has no lines, so there a place is `file.dtb:/node/path:property`.
public struct Place: Hashable, Sendable {
  public var file: String?
  public var location: SourceLocation?
  /// The path of the node, such as `/chosen/domU1`.
  public var node: String?
  public var property: String?

  public init(file: String? = nil, node: String? = nil, property: String? = nil) {
    self.file = file
    self.node = node
    self.property = property
  }

  public init(_ location: SourceLocation, node: String? = nil, property: String? = nil) {
    self.file = location.file
    self.location = location
    self.node = node
    self.property = property
  }
}

extension Place: CustomStringConvertible {
  /// `file:line:column`, or `file:/node/path:property`, or the file alone.
  public var description: String {
    if let location { return "\(location.file):\(location.line):\(location.column)" }
    var parts: [String] = []
    if let file { parts.append(file) }
    if let node { parts.append(node) }
    if let property { parts.append(property) }
    return parts.joined(separator: ":")
  }
}
