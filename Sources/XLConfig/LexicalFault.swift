// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

/// What to say about bytes that are no word of the language.
struct LexicalFault {
  var message: String
  var hint: String?

  /// - Parameter bytes: what is no word, to the end of its line; not empty.
  init(in bytes: ArraySlice<UInt8>) {
    let byte = bytes.first ?? 0
    let next = bytes.dropFirst().first ?? 0
    let shown = Self.quoted(byte)
    message = "\(shown) has no meaning here"
    switch byte {
    case UInt8(ascii: "'"), UInt8(ascii: "\""):
      message = "this text has no closing quote in its line"
      if bytes.last == UInt8(ascii: "\\") { hint = "a backslash does not continue a line within quotes" }
    case UInt8(ascii: "#"):
      message = "xl does not read a comment in the last line when no newline follows it"
      hint = "end the file with a newline"
    case 0x0D:
      message = "there is a carriage return, which xl does not read"
      hint = "end lines with a newline alone"
    case UInt8(ascii: "\\"):
      message = "a backslash has no meaning outside of quotes"
      hint = "only a list goes on in the next line"
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"), UInt8(ascii: "}"):
      hint = "a list stands in [ ]; xl reads no Python"
    case UInt8(ascii: "-"), UInt8(ascii: "+"):
      if Self.isDigit(next) {
        hint = "a number with a sign stands in quotes"
      } else if byte == UInt8(ascii: "+") {
        hint = "xl computes nothing"
      } else if Lexer.isNameByte(next) {
        hint = "a name is small letters, digits, `_` and `.`"
      }
    case UInt8(ascii: "."): hint = "a number is a whole one"
    case UInt8(ascii: ":"): hint = "a value is set with `=`"
    case UInt8(ascii: "/"):
      let isComment = next == UInt8(ascii: "/") || next == UInt8(ascii: "*")
      hint = isComment ? "a comment begins with `#`" : "a path stands in quotes"
    case UInt8(ascii: "_"): message = "a name begins with a small letter"
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): describeCapital(bytes)
    case 0x80...: describeOther(bytes)
    default: break
    }
  }

  private mutating func describeCapital(_ bytes: ArraySlice<UInt8>) {
    let word = String(decoding: bytes.prefix { Lexer.isNameByte($0 | 0x20) }, as: UTF8.self)
    message = "`\(word)` has no meaning here: names, and the digits of a number, have no capital letters"
    switch word {
    case "True": hint = "write 1"
    case "False": hint = "write 0"
    case "K", "KB", "M", "MB", "G", "GB", "T", "TB": hint = "a number has no unit; memory is in MiB"
    default: break
    }
  }

  private mutating func describeOther(_ bytes: ArraySlice<UInt8>) {
    guard let scalar = String(decoding: bytes.prefix(4), as: UTF8.self).unicodeScalars.first, scalar != "\u{FFFD}"
    else {
      return
    }
    message = "`\(scalar)` has no meaning here"
    if (0x2018...0x201F).contains(scalar.value) { hint = "quotes are \" and '" }
  }

  /// A byte as a message shows it.
  static func quoted(_ byte: UInt8) -> String {
    (0x21...0x7E).contains(byte) ? "`\(Character(Unicode.Scalar(byte)))`" : "the byte \(hex(byte))"
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
