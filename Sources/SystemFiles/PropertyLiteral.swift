// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics

/// Reads a free property of a description: an integer is one cell, a text a string, true an empty property, a list cells or
/// strings, and `{u64: N}`, `{hex: "00 ff"}`, `{dts: '<1 &label>'}` are what they say. `false` leaves the property out.
enum PropertyLiteral {
  static func value(_ yaml: YAMLValue, of name: String) throws(Failure) -> PropertyValue? {
    func fail(_ message: String, hint: String? = nil) -> Failure {
      Failure(.error("property-value", "`\(name)` \(message)", at: yaml.place, hint: hint))
    }
    switch yaml.content {
    case .null: return .empty
    case .text("true", isPlain: true): return .empty
    case .text("false", isPlain: true): return nil
    case .text(let text, let isPlain):
      if isPlain, let number = integer(text) {
        guard let cell = UInt32(exactly: number) else {
          throw fail("is \(text), which does not fit into a cell", hint: "write `{u64: \(text)}` for two cells")
        }
        return .cell(cell)
      }
      if isPlain, text.first == "-", integer(String(text.dropFirst())) != nil {
        throw fail("is \(text), but a cell holds no negative number", hint: "write it as hexadecimal")
      }
      return .string(text)
    case .list(let elements):
      return try list(elements, of: name, in: yaml)
    case .mapping(let entries):
      guard let entry = entries.first, entries.count == 1, case .text(let text, _) = entry.value.content else {
        throw fail("is a mapping", hint: "one of {u64: N}, {hex: \"00 ff\"} and {dts: '<1 &label>'} may stand here")
      }
      switch entry.key {
      case "u64":
        guard let number = integer(text) else { throw fail("is {u64: \(text)}, which is no number of 64 bits") }
        return .u64(number)
      case "hex":
        guard let bytes = hexBytes(text) else {
          throw fail("is {hex: \(text)}, which is no list of bytes such as \"00 ff\"")
        }
        return PropertyValue(bytes: bytes, marks: [.init(offset: 0, .form(.bytes))])
      case "dts":
        let (value, diagnostics) = parseValue(text, at: entry.value.location)
        guard !diagnostics.hasErrors else { throw Failure(diagnostics) }
        return value
      default:
        throw fail(
          "is {\(entry.key): …}", hint: "one of {u64: N}, {hex: \"00 ff\"} and {dts: '<1 &label>'} may stand here")
      }
    }
  }

  private static func list(_ elements: [YAMLValue], of name: String, in yaml: YAMLValue) throws(Failure)
    -> PropertyValue
  {
    var cells: [UInt32] = []
    var strings: [String] = []
    for element in elements {
      guard case .text(let text, let isPlain) = element.content else {
        throw Failure(.error("property-value", "a list in `\(name)` holds \(element.noun)", at: element.place))
      }
      if isPlain, let number = integer(text) {
        guard let cell = UInt32(exactly: number) else {
          throw Failure(.error("property-value", "\(text) in `\(name)` does not fit into a cell", at: element.place))
        }
        cells.append(cell)
      } else {
        strings.append(text)
      }
    }
    guard cells.isEmpty || strings.isEmpty else {
      throw Failure(
        .error(
          "property-value", "the list in `\(name)` mixes numbers and strings", at: yaml.place,
          hint: "quote the numbers, or write the value as {dts: '…'}"))
    }
    return strings.isEmpty ? .cells(cells) : .strings(strings)
  }

  static func integer(_ text: String) -> UInt64? {
    guard let first = text.utf8.first, first >= 0x30, first <= 0x39 else { return nil }
    return text.hasPrefix("0x") || text.hasPrefix("0X") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
  }

  private static func hexBytes(_ text: String) -> [UInt8]? {
    let digits = text.filter { $0 != " " }
    guard digits.utf8.count % 2 == 0, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
    var bytes: [UInt8] = []
    var rest = Substring(digits)
    while !rest.isEmpty {
      guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    return bytes
  }
}
