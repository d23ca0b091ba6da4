// SPDX-License-Identifier: Apache-2.0
public import Diagnostics

/// A file that a source asks for.
public struct FileRequest: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// `/include/`: a source text.
    case source
    /// `/incbin/`: bytes from an offset on, as many as asked for or up to the end.
    case binary(offset: UInt64, length: UInt64?)
    /// `#include`: a source text, looked for beside the source that asks first, unless it is written as `<name>`.
    case header(isSystem: Bool)
  }

  /// The name as it is written in the source.
  public var name: String
  /// The name of the source that asks, for a path relative to it.
  public var from: String
  public var kind: Kind

  public init(name: String, from: String, kind: Kind) {
    self.name = name
    self.from = from
    self.kind = kind
  }
}

extension FileRequest {
  /// Where the file may be, in the order in which a C compiler looks: beside the source that asks, unless the name is written
  /// as `<name>`, then in each folder. An absolute name is only itself.
  public func candidates(in folders: [String]) -> [String] {
    guard name.utf8.first != UInt8(ascii: "/") else { return [name] }
    let found = folders.map { "\($0)/\(name)" }
    guard kind != .header(isSystem: true) else { return found }
    let beside = from.lastIndex(of: "/").map { from[...$0] } ?? ""
    return [beside + name] + found
  }
}

/// Why a file cannot be had. The message becomes an error at the place that asked for it.
public struct FileRefusal: Error, Hashable, Sendable {
  public var message: String
  public var hint: String?

  public init(message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }
}

/// Reads a file for a source. It decides what a name means and which files may be read; the name of the text it returns is
/// the one that messages show, and the `from` of what that text asks for.
public typealias FileReader = (FileRequest) throws(FileRefusal) -> SourceText

/// A reader that refuses every file.
public func refuseFiles(_ request: FileRequest) throws(FileRefusal) -> SourceText {
  throw FileRefusal(message: "'\(request.name)' cannot be read: files are not read here")
}
