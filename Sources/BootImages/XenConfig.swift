// SPDX-License-Identifier: Apache-2.0

/// The build options of a Xen: the text of its `.config`.
public struct XenConfig: Hashable, Sendable {
  /// Options that are set, by name without `CONFIG_`; the values without quotes.
  public let options: [String: String]
  /// Options that the text says are not set.
  private let unset: Set<String>
  /// The version in the first comment, such as "4.20.4-pre".
  public let version: String?

  /// Reads the text of a `.config`.
  ///
  /// - Throws: `notConfig` when no line sets an option.
  public init(_ text: RawSpan) throws(BootImageError) {
    var options: [String: String] = [:]
    var unset: Set<String> = []
    var version: String?
    var start = 0
    while start < text.byteCount {
      let end = text.firstIndex(of: UInt8(ascii: "\n"), in: start..<text.byteCount) ?? text.byteCount
      if text.holds("CONFIG_", at: start) {
        if let equals = text.firstIndex(of: UInt8(ascii: "="), in: start..<end) {
          options[text.text(in: (start + 7)..<equals)] = Self.value(text, in: (equals + 1)..<end)
        }
      } else if text.holds("# CONFIG_", at: start) {
        let nameEnd = text.firstIndex(of: UInt8(ascii: " "), in: (start + 9)..<max(start + 9, end)) ?? end
        if text.holds(" is not set", at: nameEnd) { unset.insert(text.text(in: (start + 9)..<nameEnd)) }
      } else if version == nil, text.holds("# Xen/", at: start) {
        version = Self.secondWord(text, in: (start + 6)..<max(start + 6, end))
      }
      start = end + 1
    }
    guard !options.isEmpty else { throw BootImageError(.notConfig) }
    self.options = options
    self.unset = unset
    self.version = version
  }

  public init(_ text: [UInt8]) throws(BootImageError) {
    try unsafe self.init(text.span.bytes)
  }

  /// Whether the option is built in.
  ///
  /// The name may have its `CONFIG_`.
  public func isEnabled(_ name: String) -> Bool { self[name] == "y" }

  /// Whether the text knows the option, set or not.
  ///
  /// One that it does not know may be too new for this Xen, or may depend on another that is off.
  public func isMentioned(_ name: String) -> Bool {
    let name = Self.bare(name)
    return options[name] != nil || unset.contains(name)
  }

  /// The option's value, nil when it is not set.
  public subscript(_ name: String) -> String? { options[Self.bare(name)] }

  private static func bare(_ name: String) -> String {
    let prefix = Array("CONFIG_".utf8)
    return name.utf8.starts(with: prefix)
      ? String(decoding: name.utf8.dropFirst(prefix.count), as: UTF8.self) : name
  }

  /// The value without the end of the line and without quotes.
  private static func value(_ text: RawSpan, in range: Range<Int>) -> String {
    var start = range.lowerBound
    var end = range.upperBound
    if end > start, text.byte(at: end - 1) == UInt8(ascii: "\r") { end -= 1 }
    let quote = UInt8(ascii: "\"")
    if end - start >= 2, text.byte(at: start) == quote, text.byte(at: end - 1) == quote {
      start += 1
      end -= 1
    }
    return text.text(in: start..<end)
  }

  private static func secondWord(_ text: RawSpan, in range: Range<Int>) -> String? {
    let space = UInt8(ascii: " ")
    guard let first = text.firstIndex(of: space, in: range) else { return nil }
    let end =
      text.firstIndex(of: space, in: (first + 1)..<max(first + 1, range.upperBound)) ?? range.upperBound
    return end > first + 1 ? text.text(in: (first + 1)..<end) : nil
  }
}
