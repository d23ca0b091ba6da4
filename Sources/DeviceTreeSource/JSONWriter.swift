// SPDX-License-Identifier: Apache-2.0

/// Collects JSON (RFC 8259) as bytes.
struct JSONWriter {
  private var bytes: [UInt8] = []

  var text: String { String(decoding: bytes, as: UTF8.self) }

  mutating func write(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  /// Deeper lines are not moved in further, so that the text does not grow with the square of the depth.
  private static let deepestIndentation = 200

  mutating func newLine(_ depth: Int) {
    bytes.append(0x0A)
    for _ in 0..<min(depth, Self.deepestIndentation) { bytes.append(0x20) }
  }

  private static let digits = Array("0123456789abcdef".utf8)

  mutating func writeDigits(of byte: UInt8) {
    bytes.append(Self.digits[Int(byte >> 4)])
    bytes.append(Self.digits[Int(byte & 0xF)])
  }

  /// A number as a string: `"0x1f"`.
  mutating func writeHex(_ number: UInt64) {
    write("\"0x" + String(number, radix: 16) + "\"")
  }

  /// UTF-8 in quotes, with escapes for what JSON forbids and for what a terminal would obey.
  mutating func writeQuoted(_ string: some Sequence<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    var isAfterC2 = false
    for byte in string {
      if isAfterC2 {
        isAfterC2 = false
        // U+0080 to U+00BF are these two bytes; the first half are control characters.
        if byte < 0xA0 {
          write("\\u00")
          writeDigits(of: byte)
        } else {
          bytes.append(0xC2)
          bytes.append(byte)
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): write("\\\"")
      case UInt8(ascii: "\\"): write("\\\\")
      case 0x09: write("\\t")
      case 0x0A: write("\\n")
      case 0x0D: write("\\r")
      case 0..<0x20, 0x7F:
        write("\\u00")
        writeDigits(of: byte)
      case 0xC2: isAfterC2 = true
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
