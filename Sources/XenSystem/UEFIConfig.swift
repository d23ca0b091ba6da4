// SPDX-License-Identifier: Apache-2.0

/// The configuration file of Xen's UEFI stub, read byte for byte as the stub reads it (docs/misc/efi.pandoc,
/// xen/common/efi/boot.c).
///
/// The stub knows no quotes and no continued lines. Every control character ends a line, a tab too; `#` begins a comment
/// anywhere, `;` where a line begins; blanks at the start of a line and after `=` are left out, those before `=` and at the end
/// are not.
public struct UEFIConfig: Sendable {
  /// What the stub takes for a line.
  public struct Line: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
      case section(String)
      case setting(key: String, value: String)
      /// Neither, so that the stub never looks at it.
      case other(String)
    }

    public var content: Content
    /// Where it stands in the file, counted from 1.
    public var line: Int
    public var column: Int
    /// Columns up to the last character that counts.
    public var endColumn: Int
    /// What ended it: a comment that stands directly behind a character, a tab, or neither.
    public var end: End
  }

  public enum End: Hashable, Sendable {
    case line
    case comment
    case tab
  }

  public let lines: [Line]
  /// Whether the last line has no end, so that the stub says that it ignores it.
  public let lacksLastNewline: Bool
  /// Whether the file begins as UTF-16, or as UTF-8 with a mark, which the stub takes for text.
  public let hasByteOrderMark: Bool

  public init(_ bytes: [UInt8]) {
    hasByteOrderMark = [[0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0xFE, 0xFF]].contains { bytes.starts(with: $0) }
    lacksLastNewline = bytes.last.map { !Self.isControl($0) } ?? false
    var lines: [Line] = []
    var number = 1
    var lineStart = 0
    var at = 0
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "\n") {
        number += 1
        lineStart = at + 1
      }
      if Self.isControl(bytes[at]) || bytes[at] == UInt8(ascii: " ") {
        at += 1
        continue
      }
      let start = at
      while at < bytes.count, !Self.isControl(bytes[at]), bytes[at] != UInt8(ascii: "#") { at += 1 }
      let text = bytes[start..<at]
      var end = End.line
      if at < bytes.count, bytes[at] == UInt8(ascii: "\t") { end = .tab }
      if at < bytes.count, bytes[at] == UInt8(ascii: "#") {
        end = .comment
        while at < bytes.count, !Self.isControl(bytes[at]) { at += 1 }
      }
      guard let first = text.first, first != UInt8(ascii: ";") else {
        // A comment of its own goes on behind any '#' in it.
        while at < bytes.count, !Self.isControl(bytes[at]) { at += 1 }
        continue
      }
      lines.append(
        Line(
          content: Self.content(text), line: number, column: start - lineStart + 1,
          endColumn: start - lineStart + text.count, end: end))
    }
    self.lines = lines
  }

  /// The name of the section that the file itself asks for.
  public var defaultSection: String? { value(of: "default", in: "global")?.value }

  /// A setting as the stub finds it: in the first section of that name, the first of that key; with no section, the first of
  /// that key in the whole file.
  public func value(of key: String, in section: String?) -> (value: String, line: Line)? {
    var isInside = section == nil
    for line in lines {
      switch line.content {
      case .section(let name):
        guard let section else { continue }
        if isInside { return nil }
        isInside = name == section
      case .setting(key, let value): if isInside { return (value, line) }
      case .setting, .other: continue
      }
    }
    return nil
  }

  /// The files that a section names, with the keys that name them, in the order in which the stub loads them.
  public func files(in section: String?) -> [(key: String, name: String, line: Line)] {
    ["dtb", "kernel", "ramdisk", "xsm"].compactMap { key in
      guard let (value, line) = value(of: key, in: section) else { return nil }
      // Behind the name of the kernel stand its boot arguments; the other names are taken with all blanks.
      let name = key == "kernel" || key == "dtb" ? String(value.prefix { $0 != " " }) : value
      return (key, name, line)
    }
  }

  private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

  private static func content(_ bytes: ArraySlice<UInt8>) -> Line.Content {
    if bytes.first == UInt8(ascii: "[") {
      let name = bytes.dropFirst().prefix { $0 != UInt8(ascii: "]") }
      let isClosed = name.endIndex < bytes.endIndex
      return isClosed ? .section(text(name)) : .other(text(bytes))
    }
    guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else { return .other(text(bytes)) }
    return .setting(
      key: text(bytes[..<equals]), value: text(bytes[(equals + 1)...].drop { $0 == UInt8(ascii: " ") }))
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
