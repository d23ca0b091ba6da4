// SPDX-License-Identifier: Apache-2.0

/// Collects text as bytes.
struct TextWriter {
  private(set) var bytes: [UInt8] = []

  var text: String { String(decoding: bytes, as: UTF8.self) }

  mutating func write(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  mutating func write(_ byte: UInt8) {
    bytes.append(byte)
  }

  mutating func truncate(to count: Int) {
    bytes.removeLast(max(bytes.count - count, 0))
  }

  /// Deeper levels are written as if they were this deep, so that the text does not grow with the square of the depth.
  static let deepestIndentation = 100

  mutating func indent(_ depth: Int) {
    for _ in 0..<min(depth, Self.deepestIndentation) { bytes.append(0x09) }
  }

  /// A name as it is, but for bytes that no name can hold and a terminal would obey.
  mutating func writeName(_ name: String) {
    for byte in name.utf8 { bytes.append(byte < 0x20 || byte == 0x7F ? UInt8(ascii: "?") : byte) }
  }

  mutating func writeHex(_ number: UInt64, digits: Int) {
    let needed = max((UInt64.bitWidth - number.leadingZeroBitCount + 3) / 4, digits)
    var shift = UInt64(needed) * 4
    while shift > 0 {
      shift -= 4
      let digit = UInt8(truncatingIfNeeded: number >> shift & 0xF)
      bytes.append(digit < 10 ? digit + UInt8(ascii: "0") : digit - 10 + UInt8(ascii: "a"))
    }
  }

  /// A string in quotes, with escapes for what cannot stand there.
  mutating func writeQuoted(_ string: ArraySlice<UInt8>) {
    let isText = String(validating: string, as: UTF8.self) != nil
    write(UInt8(ascii: "\""))
    var isInControl = false
    for at in string.indices {
      let byte = string[at]
      // Some control characters are two bytes long: c2, and one below a0.
      let beginsControl = byte == 0xC2 && at + 1 < string.endIndex && string[at + 1] < 0xA0
      let isControl = byte < 0x20 || byte == 0x7F || beginsControl || isInControl
      isInControl = beginsControl
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0x07: write("\\a")
      case 0x08: write("\\b")
      case 0x0B: write("\\v")
      case 0x0C: write("\\f")
      case 0x09: write("\\t")
      case 0x0A: write("\\n")
      case 0x0D: write("\\r")
      default:
        if isControl || (byte >= 0x80 && !isText) {
          write("\\x")
          writeHex(UInt64(byte), digits: 2)
        } else {
          bytes.append(byte)
        }
      }
    }
    write(UInt8(ascii: "\""))
  }
}
