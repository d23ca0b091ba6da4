// SPDX-License-Identifier: Apache-2.0

/// The bytes as text that does nothing to a terminal but appear on it.
///
/// Escape sequences are left out, a backspace takes back the character before it, carriage returns within the line
/// become spaces, other control characters and the invisible characters that reorder text become U+FFFD, and broken
/// UTF-8 is repaired with U+FFFD. Tabs stay.
func printable(_ bytes: [UInt8]) -> String {
  let trimmed = bytes[(bytes.firstIndex { $0 != Byte.carriageReturn } ?? bytes.endIndex)...]
  let end = trimmed.lastIndex { $0 != Byte.carriageReturn }.map { $0 + 1 } ?? trimmed.startIndex
  let line = trimmed[..<end]
  if line.allSatisfy({ ($0 >= 0x20 && $0 < 0x7f) || $0 == Byte.tab }) {
    return String(decoding: line, as: UTF8.self)
  }

  var kept: [UInt8] = []
  // Looked for once: from the end of the line backwards, so that many starts do not make many searches.
  let lastEnd =
    line.indices.last { index in
      line[index] == 0x07
        || (line[index] == UInt8(ascii: "\\") && index > line.startIndex && line[index - 1] == Byte.escape)
    } ?? line.startIndex
  var index = line.startIndex
  while index < line.endIndex {
    if line[index] == Byte.escape {
      if let after = endOfEscapeSequence(line, at: index, lastStringEnd: lastEnd) {
        index = after
        continue
      }
    }
    kept.append(line[index])
    index += 1
  }

  var text = String.UnicodeScalarView()
  for scalar in String(decoding: kept, as: UTF8.self).unicodeScalars {
    switch scalar.value {
    case 0x08: _ = text.popLast()
    case 0x09: text.append(scalar)
    case 0x0d: text.append(" ")
    case 0x00..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069: text.append("\u{fffd}")
    default: text.append(scalar)
    }
  }
  return String(text)
}

enum Byte {
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0a
  static let carriageReturn: UInt8 = 0x0d
  static let escape: UInt8 = 0x1b
  static let space: UInt8 = 0x20
}

/// The index after the escape sequence (ECMA-48) that starts at `start`; nil when the line ends inside it.
///
/// - Parameter lastStringEnd: the last index at which a string for the terminal can end.
private func endOfEscapeSequence(_ line: ArraySlice<UInt8>, at start: Int, lastStringEnd: Int) -> Int? {
  var index = start + 1
  guard index < line.endIndex else { return nil }
  switch line[index] {
  case UInt8(ascii: "["):
    index += 1
    while index < line.endIndex, line[index] >= 0x20, line[index] < 0x40 { index += 1 }
    return index < line.endIndex ? index + 1 : nil
  case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
    // A string for the terminal, such as a window title: up to BEL or ESC \.
    while index <= lastStringEnd, index < line.endIndex {
      if line[index] == 0x07 { return index + 1 }
      if line[index] == Byte.escape, index + 1 < line.endIndex, line[index + 1] == UInt8(ascii: "\\") {
        return index + 2
      }
      index += 1
    }
    return nil
  default:
    while index < line.endIndex, line[index] >= 0x20, line[index] < 0x30 { index += 1 }
    return index < line.endIndex ? index + 1 : nil
  }
}
