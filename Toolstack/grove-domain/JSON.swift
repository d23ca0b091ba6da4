// SPDX-License-Identifier: Apache-2.0

/// A value of a JSON text, as far as bundles have them. Texts stay bytes: nothing here needs to know characters.
indirect enum JSON {
  case text([UInt8])
  /// Whole numbers that are not negative; bundles have no others.
  case number(UInt64)
  case truth(Bool)
  case null
  case list([JSON])
  case object([Member])

  struct Member {
    var key: [UInt8]
    var value: JSON
  }

  /// The member of that name; nil when there is none, or when this is no object.
  subscript(_ key: StaticString) -> JSON? {
    guard case .object(let members) = self else { return nil }
    for member in members where member.key.isSame(as: key) { return member.value }
    return nil
  }

  var elements: [JSON] {
    if case .list(let elements) = self { elements } else { [] }
  }

  var bytes: [UInt8]? {
    if case .text(let bytes) = self { bytes } else { nil }
  }

  /// A number, or a text that holds one in hexadecimal, as bundles write addresses.
  var integer: UInt64? {
    switch self {
    case .number(let number): return number
    case .text(let bytes):
      guard bytes.count > 2, bytes.count <= 18, bytes[0] == UInt8(ascii: "0"), bytes[1] == UInt8(ascii: "x") else {
        return nil
      }
      var value: UInt64 = 0
      for byte in bytes.dropFirst(2) {
        guard let digit = hexDigit(byte) else { return nil }
        value = value << 4 | digit
      }
      return value
    default: return nil
    }
  }
}

func hexDigit(_ byte: UInt8) -> UInt64? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
  default: nil
  }
}

extension [UInt8] {
  func isSame(as text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count where unsafe self[index] != text.utf8Start[index] { return false }
    return true
  }
}

/// Reads a JSON text (RFC 8259).
struct JSONReader {
  /// Deeper nesting is refused; a bundle has three levels.
  private static let depthLimit = 16
  private let bytes: [UInt8]
  private var at = 0

  /// - Throws: `.bundle` with the offset where it stops being JSON.
  static func read(_ bytes: [UInt8]) throws(Failure) -> JSON {
    var reader = JSONReader(bytes: bytes)
    let value = try reader.value(depth: 0)
    reader.skipBlanks()
    guard reader.at == bytes.count else { throw reader.failure }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var failure: Failure { Failure("the bundle's JSON is malformed", at: UInt64(at)) }
  private var next: UInt8 { at < bytes.count ? bytes[at] : 0 }

  private mutating func skipBlanks() {
    while at < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[at]) { at += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard at < bytes.count, bytes[at] == byte else { return false }
    at += 1
    return true
  }

  private mutating func value(depth: Int) throws(Failure) -> JSON {
    guard depth < Self.depthLimit else { throw failure }
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return .object(try members(depth))
    case UInt8(ascii: "["): return .list(try list(depth))
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default:
      if takeWord("true") { return .truth(true) }
      if takeWord("false") { return .truth(false) }
      if takeWord("null") { return .null }
      throw failure
    }
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard at + count <= bytes.count, Array(bytes[at..<at + count]).isSame(as: word) else { return false }
    at += count
    return true
  }

  private mutating func members(_ depth: Int) throws(Failure) -> [JSON.Member] {
    at += 1
    var members: [JSON.Member] = []
    if take(UInt8(ascii: "}")) { return members }
    repeat {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw failure }
      let key = try text()
      guard take(UInt8(ascii: ":")) else { throw failure }
      members.append(JSON.Member(key: key, value: try value(depth: depth + 1)))
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw failure }
    return members
  }

  private mutating func list(_ depth: Int) throws(Failure) -> [JSON] {
    at += 1
    var elements: [JSON] = []
    if take(UInt8(ascii: "]")) { return elements }
    repeat { elements.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw failure }
    return elements
  }

  private mutating func number() throws(Failure) -> UInt64 {
    var value: UInt64 = 0
    while case UInt8(ascii: "0")...UInt8(ascii: "9") = next {
      let (product, isLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, isLarger) = product.addingReportingOverflow(UInt64(next - UInt8(ascii: "0")))
      guard !isLarge, !isLarger else { throw failure }
      value = sum
      at += 1
    }
    // Fractions and exponents are no counts of anything.
    guard next != UInt8(ascii: "."), next | 0x20 != UInt8(ascii: "e") else { throw failure }
    return value
  }

  private mutating func text() throws(Failure) -> [UInt8] {
    at += 1
    var text: [UInt8] = []
    while true {
      guard at < bytes.count, bytes[at] >= 0x20 else { throw failure }
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "\""): return text
      case UInt8(ascii: "\\"): text.append(try escaped())
      default: text.append(byte)
      }
    }
  }

  private mutating func escaped() throws(Failure) -> UInt8 {
    let byte = next
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return byte
    case UInt8(ascii: "n"): return 0x0a
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "u"):
      // Only what has no form of its own in JSON is written so by bundles.
      guard at + 4 <= bytes.count, bytes[at] == UInt8(ascii: "0"), bytes[at + 1] == UInt8(ascii: "0"),
        let high = hexDigit(bytes[at + 2]), let low = hexDigit(bytes[at + 3])
      else { throw failure }
      at += 4
      return UInt8(high << 4 | low)
    default: throw failure
    }
  }
}
