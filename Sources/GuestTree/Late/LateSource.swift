// SPDX-License-Identifier: Apache-2.0
public import FlattenedTree

// The fourth way of late values: the tree as a source, for any compiler.
extension GuestTree {
  /// The tree as a source for a device tree compiler, in UTF-8.
  ///
  /// - Parameter named: whether late values are written as names for a C preprocessor, which ``definitions(_:)`` define;
  ///   otherwise they stand there as the tree has them.
  /// - Throws: what is wrong with a property's name: one that is no text has no source.
  public func source(named: Bool = false) throws(FlattenedTreeError) -> [UInt8] {
    var writer = SourceWriter()
    writer.out.append(text: "/dts-v1/;\n")
    for reservation in Self.reservations(layout, platform) {
      writer.out.append(text: "/memreserve/ 0x")
      writer.out.append(hexadecimal: reservation.address)
      writer.out.append(text: " 0x")
      writer.out.append(hexadecimal: reservation.size)
      writer.out.append(text: ";\n")
    }
    let lateProperties = lateProperties
    let places = named ? try Self.places(of: lateProperties, in: blob) : []
    let tree = try FlattenedTree(blob.span)
    var events = tree.events()
    var next = 0
    while let event = try events.next() {
      switch event {
      case .beginNode(let name):
        let text: [UInt8] = unsafe name.bytes.withUnsafeBytes { unsafe Array($0) }
        writer.begin(text)
      case .property(let property):
        let name: [UInt8] = unsafe property.name.bytes.withUnsafeBytes { unsafe Array($0) }
        let value = property.value.array
        while next < places.count, (places[next]?.lowerBound ?? -1) < property.value.offset { next += 1 }
        if next < places.count, places[next]?.lowerBound == property.value.offset {
          writer.property(name, value, lateProperties[next].holes)
        } else {
          writer.property(name, value, [])
        }
      case .endNode: writer.end()
      }
    }
    return writer.out
  }

  /// Values for the names of ``source(named:)``, as lines for a C preprocessor.
  public static func definitions(_ values: [LateValue]) -> [UInt8] {
    var out: [UInt8] = []
    for value in values {
      out.append(text: "#define ")
      out.append(text: value.name.macro)
      for offset in stride(from: 0, to: value.bytes.count, by: 4) {
        out.append(text: " 0x")
        out.append(hexadecimal: UInt64(value.bytes.word(at: offset)))
      }
      out.append(text: "\n")
    }
    return out
  }

  /// The values that the tree itself has for its late names.
  public var knownLateValues: [LateValue] {
    var values: [LateValue] = []
    for property in lateProperties {
      for hole in property.holes {
        let bytes = Array(property.value[hole.offset..<(hole.offset + hole.name.size)])
        if let value = LateValue(hole.name, bytes: bytes) { values.append(value) }
      }
    }
    return values
  }
}

private struct SourceWriter {
  var out: [UInt8] = []
  private var depth = 0

  mutating func begin(_ name: [UInt8]) {
    indent()
    if depth == 0 { out.append(UInt8(ascii: "/")) } else { out.append(contentsOf: name) }
    out.append(text: " {\n")
    depth += 1
  }

  mutating func end() {
    depth -= 1
    indent()
    out.append(text: "};\n")
  }

  mutating func property(_ name: [UInt8], _ value: [UInt8], _ holes: [LateProperty.Hole]) {
    indent()
    out.append(contentsOf: name)
    if !value.isEmpty {
      out.append(text: " = ")
      if holes.isEmpty, Self.isText(value) {
        strings(value)
      } else if value.count % 4 == 0 {
        cells(value, holes)
      } else {
        bytes(value)
      }
    }
    out.append(text: ";\n")
  }

  private mutating func indent() { out.append(contentsOf: repeatElement(UInt8(ascii: "\t"), count: depth)) }

  /// Whether these are strings of plain characters, none of them empty.
  private static func isText(_ value: [UInt8]) -> Bool {
    guard value.last == 0, value.first != 0 else { return false }
    var previous: UInt8 = 0
    for byte in value {
      guard byte == 0 ? previous != 0 : (0x20..<0x7f).contains(byte) else { return false }
      previous = byte
    }
    return true
  }

  private mutating func strings(_ value: [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for byte in value.dropLast() {
      switch byte {
      case 0: out.append(text: "\", \"")
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        out.append(UInt8(ascii: "\\"))
        out.append(byte)
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }

  private mutating func cells(_ value: [UInt8], _ holes: [LateProperty.Hole]) {
    out.append(UInt8(ascii: "<"))
    var offset = 0
    while offset < value.count {
      if offset > 0 { out.append(UInt8(ascii: " ")) }
      if let hole = holes.first(where: { $0.offset == offset }) {
        out.append(text: hole.name.macro)
        offset += hole.name.size
      } else {
        out.append(text: "0x")
        out.append(hexadecimal: UInt64(value.word(at: offset)))
        offset += 4
      }
    }
    out.append(UInt8(ascii: ">"))
  }

  private mutating func bytes(_ value: [UInt8]) {
    out.append(UInt8(ascii: "["))
    for byte in value {
      if byte < 16 { out.append(UInt8(ascii: "0")) }
      out.append(hexadecimal: UInt64(byte))
    }
    out.append(UInt8(ascii: "]"))
  }
}
