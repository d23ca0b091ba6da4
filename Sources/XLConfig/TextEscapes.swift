// SPDX-License-Identifier: Apache-2.0

/// The escapes within quotes, as libxlutil takes them.
enum TextEscapes {
  /// What libxlutil does not take.
  enum Fault: Hashable {
    case unknown(UInt8)
    case hexadecimal
    case octal
    /// libxlutil aborts at it.
    case zeroByte

    var message: String {
      switch self {
      case .unknown(let byte): return "\(LexicalFault.quoted(byte)) cannot follow a backslash within quotes"
      case .hexadecimal: return "xl reads no hexadecimal escape, whatever follows it"
      case .octal: return "too few digits follow the backslash"
      case .zeroByte: return "there is a zero byte within the quotes, at which xl would abort"
      }
    }

    var hint: String {
      switch self {
      case .unknown: return #"write \\ for a backslash; the escapes are \a \b \f \n \r \t \v \\ \" \'"#
      case .hexadecimal, .octal: return "write the character itself"
      case .zeroByte: return "remove it"
      }
    }
  }

  /// The bytes of a text that has nothing to decode; nil when it has.
  static func plain(_ content: ArraySlice<UInt8>) -> [UInt8]? {
    for byte in content where byte == UInt8(ascii: "\\") || byte == 0 { return nil }
    return Array(content)
  }

  /// - Parameters:
  ///   - fault: Takes the first fault and its offset.
  ///   - vanished: Takes the offset of the first escape that leaves nothing.
  static func decode(
    _ content: ArraySlice<UInt8>, fault: inout (fault: Fault, offset: Int)?, vanished: inout Int?
  ) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(content.count)
    var at = content.startIndex
    while at < content.endIndex {
      let byte = content[at]
      guard byte == UInt8(ascii: "\\"), at + 1 < content.endIndex else {
        if byte == 0, fault == nil { fault = (.zeroByte, at) }
        text.append(byte)
        at += 1
        continue
      }
      let letter = content[at + 1]
      if let single = single(letter) {
        text.append(single)
        at += 2
      } else if (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(letter) {
        let length = numberLength(content[(at + 2)...].prefix(3))
        if length >= 2 {
          if vanished == nil { vanished = at }
        } else if fault == nil {
          fault = (.octal, at)
        }
        at += 2 + length
      } else {
        if fault == nil { fault = (letter == UInt8(ascii: "x") ? .hexadecimal : .unknown(letter), at) }
        at += 2
      }
    }
    return text
  }

  private static func single(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "a"): return 0x07
    case UInt8(ascii: "b"): return 0x08
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "n"): return 0x0A
    case UInt8(ascii: "v"): return 0x0B
    case UInt8(ascii: "f"): return 0x0C
    case UInt8(ascii: "r"): return 0x0D
    case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): return letter
    default: return nil
    }
  }

  /// How many bytes strtol() takes, in base ten: libxlutil asks it for what follows the first octal digit.
  private static func numberLength(_ bytes: ArraySlice<UInt8>) -> Int {
    var at = bytes.startIndex
    while at < bytes.endIndex, XLNumber.isBlank(bytes[at]) { at += 1 }
    if at < bytes.endIndex, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
    let digits = at
    while at < bytes.endIndex, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) { at += 1 }
    return at == digits ? 0 : at - bytes.startIndex
  }
}
