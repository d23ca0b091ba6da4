// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

/// A line of a table of addresses, as maps have them.
public enum AddressLine {
  /// `0x0040000000  0x0040200000     2.0 MiB  WHAT`.
  public static func text(_ range: Range<UInt64>, _ what: String) -> String {
    let size = rounded(range.upperBound - range.lowerBound)
    return "\(address(range.lowerBound))  \(address(range.upperBound))  "
      + String(repeating: " ", count: max(10 - size.count, 0)) + "\(size)  \(what)"
  }

  /// A size to one decimal: the table is for looking, and has the exact ends.
  public static func rounded(_ size: UInt64) -> String {
    let units = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")] as [(UInt64, String)]
    guard let (shift, unit) = units.first(where: { size >> $0.0 != 0 }) else { return describeSize(size) }
    let tenths = ((size >> (shift - 10)) * 10) >> 10
    return "\(tenths / 10).\(tenths % 10) \(unit)"
  }

  private static func address(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: max(10 - digits.count, 0)) + digits
  }
}
