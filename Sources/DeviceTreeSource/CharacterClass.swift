// SPDX-License-Identifier: Apache-2.0

/// What a byte can be part of. A table of 256 of these decides nearly every step of the lexer with one load.
struct CharacterClass: OptionSet {
  let rawValue: UInt8

  /// Blank, tab, carriage return, vertical tab, form feed: not the newline, which is counted.
  static let blank = CharacterClass(rawValue: 1 << 0)
  /// May stand in a node or property name.
  static let name = CharacterClass(rawValue: 1 << 1)
  /// May stand in a label.
  static let label = CharacterClass(rawValue: 1 << 2)
  /// May begin a label.
  static let labelStart = CharacterClass(rawValue: 1 << 3)
  static let digit = CharacterClass(rawValue: 1 << 4)
  static let hexDigit = CharacterClass(rawValue: 1 << 5)
  /// A newline, or what may begin something else that is skipped like a blank, or ends the text.
  static let skipped = CharacterClass(rawValue: 1 << 6)

  init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  init(of byte: UInt8) {
    var classes: CharacterClass = []
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      classes = [.name, .label, .digit, .hexDigit]
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
      classes = [.name, .label, .labelStart, .hexDigit]
    case UInt8(ascii: "g")...UInt8(ascii: "z"), UInt8(ascii: "G")...UInt8(ascii: "Z"):
      classes = [.name, .label, .labelStart]
    case UInt8(ascii: "_"):
      classes = [.name, .label, .labelStart]
    case UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "#"),
      UInt8(ascii: "?"), UInt8(ascii: "@"), UInt8(ascii: "-"):
      classes = byte == UInt8(ascii: "#") ? [.name, .skipped] : [.name]
    case UInt8(ascii: "/"), 0x0A, 0:
      classes = [.skipped]
    case UInt8(ascii: " "), 0x09, 0x0B, 0x0C, 0x0D:
      classes = [.blank]
    default:
      break
    }
    self = classes
  }
}
