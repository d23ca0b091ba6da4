// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// A number on the command line: `0x48000000` or `1207959552`.
struct AddressNumber: ExpressibleByArgument {
  let value: UInt64

  init?(argument: String) {
    let digits = argument.hasPrefix("0x") ? argument.dropFirst(2) : argument[...]
    // A sign is no digit, although the number's initialiser takes one.
    guard digits.allSatisfy(\.isHexDigit), let value = UInt64(digits, radix: argument.hasPrefix("0x") ? 16 : 10) else {
      return nil
    }
    self.value = value
  }
}

/// Addresses on the command line: `0x48000000-0x49000000`, whose end is the first address behind, or `0x48000000+0x1000000`.
struct AddressRange: ExpressibleByArgument {
  let range: Range<UInt64>

  init?(argument: String) {
    guard let mark = argument.firstIndex(where: { $0 == "-" || $0 == "+" }),
      let start = AddressNumber(argument: String(argument[..<mark]))?.value,
      let second = AddressNumber(argument: String(argument[argument.index(after: mark)...]))?.value
    else { return nil }
    let end = argument[mark] == "-" ? (second, false) : start.addingReportingOverflow(second)
    guard !end.1, start <= end.0 else { return nil }
    range = start..<end.0
  }
}
