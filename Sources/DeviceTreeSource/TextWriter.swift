// SPDX-License-Identifier: Apache-2.0
import CompactStorage

/// Collects text as bytes.
struct TextWriter: ~Copyable {
  private(set) var bytes = Pool<UInt8>()

  var count: Int { bytes.count }
  var text: String { unsafe bytes.withElements { unsafe String(decoding: $0, as: UTF8.self) } }

  /// Takes memory for about that many bytes.
  mutating func reserve(_ size: Int) { bytes.reserve(size) }

  /// The bytes, for whoever writes them to a file.
  consuming func finish() -> Pool<UInt8> { bytes }

  @inline(__always)
  mutating func write(_ text: StaticString) {
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func write(string text: String) {
    for byte in text.utf8 { bytes.append(byte) }
  }

  mutating func write(_ byte: UInt8) {
    bytes.append(byte)
  }

  mutating func truncate(to count: Int) {
    bytes.truncate(to: min(count, bytes.count))
  }

  /// Deeper levels are written as if they were this deep, so that the text does not grow with the square of the depth.
  static let deepestIndentation = 100

  mutating func indent(_ depth: Int) {
    let depth = min(depth, Self.deepestIndentation)
    unsafe bytes.append(upTo: depth) { room in
      for at in 0..<depth { unsafe room[at] = 0x09 }
      return depth
    }
  }

  /// A name as it is, but for bytes that no name can hold and a terminal would obey.
  mutating func writeName(_ name: UnsafeBufferPointer<UInt8>) {
    unsafe bytes.append(upTo: name.count) { room in
      for at in 0..<name.count {
        let byte = unsafe name[at]
        unsafe room[at] = byte < 0x20 || byte == 0x7F ? UInt8(ascii: "?") : byte
      }
      return name.count
    }
  }

  mutating func write(name: String) {
    unsafe Array(name.utf8).withUnsafeBufferPointer { unsafe writeName($0) }
  }

  mutating func writeName(_ name: Symbol, of names: borrowing NameTable) {
    unsafe names.withBytes(of: name) { unsafe writeName($0) }
  }

  mutating func writeHex(_ number: UInt64, digits: Int) {
    let needed = max((UInt64.bitWidth - number.leadingZeroBitCount + 3) / 4, digits)
    unsafe bytes.append(upTo: needed) { room in
      var rest = number
      for at in (0..<needed).reversed() {
        unsafe room[at] = Self.digit(rest)
        rest >>= 4
      }
      return needed
    }
  }

  /// Cells of 32 bits, each with at least two digits, with blanks between them.
  mutating func writeCells(_ cells: UnsafeRawBufferPointer) {
    unsafe bytes.append(upTo: cells.count / 4 * 11) { room in
      var end = 0
      for offset in stride(from: 0, to: cells.count & ~3, by: 4) {
        let cell = unsafe UInt32(bigEndian: cells.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        if offset > 0 {
          unsafe room[end] = UInt8(ascii: " ")
          end += 1
        }
        unsafe room[end] = UInt8(ascii: "0")
        unsafe room[end + 1] = UInt8(ascii: "x")
        let start = end + 2
        end = start + max((UInt32.bitWidth - cell.leadingZeroBitCount + 3) / 4, 2)
        var rest = UInt64(cell)
        for at in (start..<end).reversed() {
          unsafe room[at] = Self.digit(rest)
          rest >>= 4
        }
      }
      return end
    }
  }

  /// The lowest four bits as a hexadecimal digit.
  @inline(__always)
  private static func digit(_ number: UInt64) -> UInt8 {
    let digit = UInt8(truncatingIfNeeded: number & 0xF)
    return digit &+ (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10)
  }

  /// A string in quotes, with escapes for what cannot stand there.
  mutating func writeQuoted(_ string: UnsafeBufferPointer<UInt8>) {
    write(UInt8(ascii: "\""))
    if unsafe string.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
      unsafe bytes.append(contentsOf: string)
    } else {
      unsafe writeEscaped(string)
    }
    write(UInt8(ascii: "\""))
  }

  private mutating func writeEscaped(_ string: UnsafeBufferPointer<UInt8>) {
    let isText = unsafe String(validating: string, as: UTF8.self) != nil
    var isInControl = false
    for at in 0..<string.count {
      let byte = unsafe string[at]
      // Some control characters are two bytes long: c2, and one below a0.
      let beginsControl = unsafe byte == 0xC2 && at + 1 < string.count && string[at + 1] < 0xA0
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
  }
}
