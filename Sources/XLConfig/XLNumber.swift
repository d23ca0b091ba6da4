// SPDX-License-Identifier: Apache-2.0

/// Numbers as xl takes them: what C's strtol() makes of a text in base 0.
public enum XLNumber: Hashable, Sendable {
  case value(Int64)
  /// Larger than 63 bits and a sign.
  case outOfRange
  case invalid

  /// Reads decimal, octal (`010`) and hexadecimal (`0x1f`) numbers, with a sign and blanks before it.
  public init(_ text: some Sequence<UInt8>) {
    let bytes = Array(text)
    var at = 0
    while at < bytes.count, Self.isBlank(bytes[at]) { at += 1 }
    var isNegative = false
    if at < bytes.count, bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+") {
      isNegative = bytes[at] == UInt8(ascii: "-")
      at += 1
    }
    var base: UInt64 = 10
    if at < bytes.count, bytes[at] == UInt8(ascii: "0") {
      base = 8
      if at + 2 < bytes.count, bytes[at + 1] | 0x20 == UInt8(ascii: "x"), Self.digit(bytes[at + 2], base: 16) != nil {
        base = 16
        at += 2
      }
    }
    let digits = at
    var magnitude: UInt64 = 0
    var overflows = false
    while at < bytes.count, let digit = Self.digit(bytes[at], base: base) {
      let (product, tooLarge) = magnitude.multipliedReportingOverflow(by: base)
      let (sum, larger) = product.addingReportingOverflow(digit)
      overflows = overflows || tooLarge || larger
      magnitude = sum
      at += 1
    }
    // strtol() speaks of the size first, and libxlutil listens.
    if overflows || magnitude > UInt64(Int64.max) + (isNegative ? 1 : 0) {
      self = .outOfRange
    } else if at == digits || at < bytes.count {
      self = .invalid
    } else {
      self = .value(isNegative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(truncatingIfNeeded: magnitude))
    }
  }

  /// What isspace() finds.
  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func digit(_ byte: UInt8, base: UInt64) -> UInt64? {
    let value: UInt8
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): value = byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): value = byte - UInt8(ascii: "A") + 10
    default: return nil
    }
    return UInt64(value) < base ? UInt64(value) : nil
  }
}
