// SPDX-License-Identifier: Apache-2.0

/// What a property holds: bytes, and marks on them for what bytes cannot say (references not yet resolved, labels, how it was written).
public struct PropertyValue: Hashable, Sendable {
  /// The bytes as they stand in a blob. A phandle still to be resolved is `ff ff ff ff`; a path still to be resolved takes no bytes.
  public var bytes: [UInt8]
  /// Marks in ascending order of offset.
  public var marks: [Mark]

  public struct Mark: Hashable, Sendable {
    /// Byte offset in the value.
    public var offset: Int
    public var kind: Kind

    public init(offset: Int, _ kind: Kind) {
      self.offset = offset
      self.kind = kind
    }
  }

  public enum Kind: Hashable, Sendable {
    /// A label inside the value.
    case label(String)
    /// Four bytes that shall hold the phandle of a node.
    case phandle(Reference)
    /// Four bytes that hold the phandle of a node, and the reference that they were written as.
    case phandleOf(Reference)
    /// The path of a node as a string, inserted here when references are resolved.
    case path(Reference)
    /// How the bytes from here on were written.
    case form(Form)
  }

  /// How a run of bytes was written in a source.
  public enum Form: UInt8, Hashable, Sendable, BitwiseCopyable {
    case string, bytes, cells8, cells16, cells32, cells64
  }

  @inlinable
  public init(bytes: [UInt8] = [], marks: [Mark] = []) {
    self.bytes = bytes
    self.marks = marks
  }
}

/// A node named from a property: by a label that may come later, or by its full path.
public enum Reference: Hashable, Sendable {
  case label(String)
  case path(String)
}

// MARK: - Making values

extension PropertyValue {
  /// A property that is there and holds nothing.
  public static let empty = PropertyValue()

  /// Big-endian 32-bit cells, as `<1 2>`.
  public static func cells(_ cells: [UInt32]) -> PropertyValue {
    PropertyValue(bytes: cells.flatMap { bigEndian($0) }, marks: [Mark(offset: 0, .form(.cells32))])
  }

  public static func cell(_ cell: UInt32) -> PropertyValue { cells([cell]) }

  /// A 64-bit number in two cells, most significant first.
  public static func u64(_ value: UInt64) -> PropertyValue { numbers([value]) }

  /// Numbers of two cells each.
  public static func numbers(_ values: [UInt64]) -> PropertyValue {
    cells(values.flatMap { [UInt32(truncatingIfNeeded: $0 >> 32), UInt32(truncatingIfNeeded: $0)] })
  }

  /// A string and its terminating zero.
  public static func string(_ string: String) -> PropertyValue { strings([string]) }

  /// A list of strings, each with its terminating zero.
  public static func strings(_ strings: [String]) -> PropertyValue {
    var value = PropertyValue()
    for string in strings {
      value.marks.append(Mark(offset: value.bytes.count, .form(.string)))
      value.bytes += Array(string.utf8) + [0]
    }
    return value
  }

  /// The phandle of a node, resolved later.
  public static func phandle(_ reference: Reference) -> PropertyValue {
    PropertyValue(
      bytes: [0xFF, 0xFF, 0xFF, 0xFF],
      marks: [Mark(offset: 0, .form(.cells32)), Mark(offset: 0, .phandle(reference))])
  }

  private static func bigEndian(_ cell: UInt32) -> [UInt8] {
    [UInt8(cell >> 24), UInt8(cell >> 16 & 0xFF), UInt8(cell >> 8 & 0xFF), UInt8(cell & 0xFF)]
  }
}

// MARK: - Reading values

extension PropertyValue {
  public var isEmpty: Bool {
    bytes.isEmpty && marks.allSatisfy { if case .path = $0.kind { false } else { true } }
  }

  /// The value as 32-bit cells, or nil when its length is no multiple of four.
  public var cells: [UInt32]? {
    guard bytes.count % 4 == 0 else { return nil }
    return stride(from: 0, to: bytes.count, by: 4).map { at in
      bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
  }

  /// The value as one cell, or nil when it is not four bytes long.
  public var cell: UInt32? { bytes.count == 4 ? cells?.first : nil }

  /// The value as one string: ended by its only zero byte.
  public var string: String? {
    guard let strings, strings.count == 1 else { return nil }
    return strings.first
  }

  /// The value as a list of zero-terminated UTF-8 strings, or nil when it is none.
  public var strings: [String]? {
    guard let last = bytes.last, last == 0 else { return nil }
    var result: [String] = []
    for part in bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false) {
      guard let string = String(validating: part, as: UTF8.self) else { return nil }
      result.append(string)
    }
    return result
  }

  /// Whether one of the zero-terminated strings of the value is this one. Makes no strings of the others.
  public func lists(_ text: String) -> Bool {
    var start = 0
    while start < bytes.count {
      var wanted = text.utf8.makeIterator()
      var isSame = true
      var at = start
      while at < bytes.count, bytes[at] != 0 {
        if isSame { isSame = wanted.next() == bytes[at] }
        at += 1
      }
      guard at < bytes.count else { return false }
      if isSame, wanted.next() == nil { return true }
      start = at + 1
    }
    return false
  }
}

extension Reference: CustomStringConvertible {
  /// As it is written in a source: `&label` or `&{/path}`.
  public var description: String {
    switch self {
    case .label(let label): "&\(label)"
    case .path(let path): "&{\(path)}"
    }
  }
}
