// SPDX-License-Identifier: Apache-2.0
public import Diagnostics

// What a setting is when it is asked for as a value of one kind. A setting of another kind is an error in libxlutil's
// own words; xl says them as a warning and goes on as if the setting were not there.

extension XLConfig {
  /// The bytes of a text, or nil when the name is not set.
  ///
  /// - Throws: when the setting is a list.
  public func bytes(_ name: String) throws(Diagnostic) -> [UInt8]? {
    guard let setting = self[name] else { return nil }
    guard let bytes = setting.value.bytes else {
      throw Self.wrongType("parameter `\(name)' is a list but should be a single value", setting)
    }
    return bytes
  }

  /// A text, or nil when the name is not set.
  ///
  /// - Throws: when the setting is a list, or no UTF-8.
  public func string(_ name: String) throws(Diagnostic) -> String? {
    guard let setting = self[name], let bytes = try bytes(name) else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Self.wrongType("parameter `\(name)' is not UTF-8 text", setting)
    }
    return text
  }

  /// A number, decimal, octal or hexadecimal, or nil when the name is not set.
  ///
  /// - Parameter bounds: What the number must lie in.
  /// - Throws: when the setting is a list, no number, larger than 63 bits and a sign, or out of bounds.
  public func integer(
    _ name: String, in bounds: ClosedRange<Int64> = .min ... .max
  ) throws(Diagnostic) -> Int64? {
    guard let setting = self[name], let bytes = try bytes(name) else { return nil }
    switch XLNumber(bytes) {
    case .invalid: throw Self.wrongType("parameter `\(name)' is not a valid number", setting)
    case .outOfRange:
      let message = "parameter `\(name)' could not be parsed as a number: Numerical result out of range"
      throw Self.wrongType(message, setting)
    case .value(let value):
      if value < bounds.lowerBound {
        throw Self.wrongType("value `\(value)' is smaller than minimum bound '\(bounds.lowerBound)'", setting)
      }
      if value > bounds.upperBound {
        throw Self.wrongType("value `\(value)' is greater than maximum bound '\(bounds.upperBound)'", setting)
      }
      return value
    }
  }

  /// A truth: every number but 0 is true. Nil when the name is not set.
  ///
  /// - Throws: as `integer(_:in:)` does.
  public func boolean(_ name: String) throws(Diagnostic) -> Bool? {
    try integer(name).map { $0 != 0 }
  }

  /// The values of a list, or nil when the name is not set.
  ///
  /// - Throws: when the setting is a text.
  public func list(_ name: String) throws(Diagnostic) -> [Value]? {
    guard let setting = self[name] else { return nil }
    guard let elements = setting.value.elements else {
      throw Self.wrongType("parameter `\(name)' is a single value but should be a list", setting)
    }
    return elements
  }

  private static func wrongType(_ message: String, _ setting: Setting) -> Diagnostic {
    .error("xl-type", message, at: Place(setting.value.location))
  }
}
