// SPDX-License-Identifier: Apache-2.0

/// How Xen's own messages begin once domains run; seen on Xen 4.17 and 4.20.
enum XenWords {
  private static let starts = [
    "Freed ", "*** ", "****************", "Panic on CPU ", "Reboot in five seconds", "Hardware Dom",
    "Xen BUG at ",
    "Xen call trace", "Xen WARN at ", "Assertion '", "----[ Xen-", "Domain ", "domain_crash", "arch/arm/",
    "common/",
    "drivers/", "CPU",
  ].map { Array($0.utf8) }

  /// Whether the text begins like a message of Xen, or is empty: Xen frames its panics with empty lines.
  static func isMessage(_ text: ArraySlice<UInt8>) -> Bool {
    text.isEmpty || starts.contains { text.starts(with: $0) } || isAboutVCPU(text)
  }

  /// Where a message about a domain's processor (`d1v0: `) or from Xen's source (`arch/arm/…c:12:`) begins after
  /// characters of a domain; nil when there is none.
  static func gluedMessage(_ text: ArraySlice<UInt8>) -> Int? {
    for index in text.indices.dropFirst() {
      if text[index] == UInt8(ascii: "d"), isAboutVCPU(text[index...]) { return index }
      if text[index] == UInt8(ascii: "a"), text[index...].starts(with: "arch/arm/".utf8) { return index }
    }
    return nil
  }

  /// `d1v0: …` or `d1v0 …`.
  private static func isAboutVCPU(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    for letter in [UInt8(ascii: "d"), UInt8(ascii: "v")] {
      guard rest.first == letter else { return false }
      rest = rest.dropFirst()
      let digits = rest.prefix(5).prefix { $0 >= 0x30 && $0 <= 0x39 }
      guard !digits.isEmpty else { return false }
      rest = rest.dropFirst(digits.count)
    }
    return rest.first == UInt8(ascii: ":") || rest.first == Byte.space
  }
}
