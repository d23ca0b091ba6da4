// SPDX-License-Identifier: Apache-2.0
public import Diagnostics

/// Reads `128 MiB`. A unit is required: a bare number has meant bytes, KiB and MiB to different people.
public enum MemorySize {
  private static let units: [(name: String, shift: UInt64)] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)]

  /// Bytes.
  ///
  /// - Parameter owner: whose memory it is, for the message.
  /// - Throws: `memory-unit`.
  public static func bytes(_ text: String, of owner: String, at place: Place) throws(Failure) -> UInt64 {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).trimmingBlanks
    guard let number = UInt64(digits), !digits.isEmpty else {
      throw Failure(
        .error(
          "memory-unit", "the memory of \(owner) is `\(text)`, which is no size", at: place,
          hint: "write it as `128 MiB`"))
    }
    guard !unit.isEmpty else {
      throw Failure(
        .error(
          "memory-unit", "the memory of \(owner) is `\(text)` without a unit", at: place,
          hint: "write `\(number) KiB`, `\(number) MiB` or `\(number) GiB`"))
    }
    guard let shift = units.first(where: { $0.name == unit })?.shift else {
      let near =
        units.first { $0.name.lowercased().hasPrefix(unit.lowercased()) || $0.name.lowercased() == unit.lowercased() }
        ?? units.first { $0.name.lowercased().first == unit.lowercased().first }
      throw Failure(
        .error(
          "memory-unit", "the memory of \(owner) is `\(text)`: `\(unit)` is not a unit", at: place,
          hint: near.map { "write `\(number) \($0.name)`" } ?? "the units are KiB, MiB and GiB"))
    }
    guard number > 0 else {
      throw Failure(.error("memory-unit", "the memory of \(owner) is nothing", at: place))
    }
    guard number.leadingZeroBitCount > shift else {
      throw Failure(.error("memory-unit", "the memory of \(owner) is `\(text)`, more than any machine has", at: place))
    }
    return number << shift
  }
}

extension Substring {
  var trimmingBlanks: String {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
