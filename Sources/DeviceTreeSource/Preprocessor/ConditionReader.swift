// SPDX-License-Identifier: Apache-2.0

/// Why the expression of an `#if` has no value.
struct ConditionError: Error {
  var message: String
}

/// Computes the expression of an `#if`: integers of C, 64 bits wide, signed unless a suffix says otherwise.
struct ConditionReader {
  enum Word {
    case number(UInt64)
    case unsigned(UInt64)
    case symbol(String)
  }

  private struct Value {
    var bits: UInt64
    var isUnsigned = false

    init(_ bits: UInt64, isUnsigned: Bool = false) {
      self.bits = bits
      self.isUnsigned = isUnsigned
    }

    init(_ truth: Bool) { bits = truth ? 1 : 0 }

    var isTrue: Bool { bits != 0 }
    var signed: Int64 { Int64(bitPattern: bits) }
  }

  /// How deep parentheses and operators may nest.
  private static let depthLimit = 200

  private let words: [Word]
  private var at = 0
  private var depth = 0

  init(words: [Word]) { self.words = words }

  mutating func value() throws(ConditionError) -> UInt64 {
    guard !words.isEmpty else { throw ConditionError(message: "the condition is empty") }
    let value = try choice(isLive: true)
    guard at == words.count else { throw unexpected("an operator") }
    return value.bits
  }

  /// A number of C: decimal, octal, hexadecimal or binary, with its suffix.
  static func number(_ text: String) -> Word? {
    var digits = text.lowercased()[...]
    var isUnsigned = false
    while let last = digits.last, last == "u" || last == "l" {
      isUnsigned = isUnsigned || last == "u"
      digits.removeLast()
    }
    var radix = 10
    if digits.hasPrefix("0x") {
      radix = 16
      digits = digits.dropFirst(2)
    } else if digits.hasPrefix("0b") {
      radix = 2
      digits = digits.dropFirst(2)
    } else if digits.hasPrefix("0"), digits.count > 1 {
      radix = 8
    }
    guard let first = digits.first, first != "+", first != "-", let value = UInt64(digits, radix: radix) else {
      return nil
    }
    return isUnsigned || value > Int64.max ? .unsigned(value) : .number(value)
  }

  private var symbol: String? {
    guard at < words.count, case .symbol(let symbol) = words[at] else { return nil }
    return symbol
  }

  private func unexpected(_ wanted: String) -> ConditionError {
    guard at < words.count else { return ConditionError(message: "expected \(wanted) at the end of the condition") }
    switch words[at] {
    case .symbol(let symbol): return ConditionError(message: "expected \(wanted) in the condition, found '\(symbol)'")
    case .number(let number), .unsigned(let number):
      return ConditionError(message: "expected \(wanted) in the condition, found '\(number)'")
    }
  }

  /// - Parameter isLive: whether the value counts. Where it does not, a division by zero is no error.
  private mutating func choice(isLive: Bool) throws(ConditionError) -> Value {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else {
      throw ConditionError(message: "a condition nests at most \(Self.depthLimit) deep")
    }
    let condition = try binary(0, isLive: isLive)
    guard symbol == "?" else { return condition }
    at += 1
    let first = try choice(isLive: isLive && condition.isTrue)
    guard symbol == ":" else { throw unexpected("':'") }
    at += 1
    let second = try choice(isLive: isLive && !condition.isTrue)
    let chosen = condition.isTrue ? first : second
    return Value(chosen.bits, isUnsigned: first.isUnsigned || second.isUnsigned)
  }

  private static let levels: [String: Int] = [
    "||": 0, "&&": 1, "|": 2, "^": 3, "&": 4, "==": 5, "!=": 5, "<": 6, ">": 6, "<=": 6, ">=": 6, "<<": 7,
    ">>": 7, "+": 8, "-": 8, "*": 9, "/": 9, "%": 9,
  ]

  private mutating func binary(_ lowest: Int, isLive: Bool) throws(ConditionError) -> Value {
    var left = try unary(isLive: isLive)
    while let name = symbol, let level = Self.levels[name], level >= lowest {
      at += 1
      let isRightLive =
        switch name {
        case "||": isLive && !left.isTrue
        case "&&": isLive && left.isTrue
        default: isLive
        }
      let right = try binary(level + 1, isLive: isRightLive)
      left = try Self.apply(name, left, right, isLive: isLive)
    }
    return left
  }

  private mutating func unary(isLive: Bool) throws(ConditionError) -> Value {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else {
      throw ConditionError(message: "a condition nests at most \(Self.depthLimit) deep")
    }
    guard at < words.count else { throw unexpected("a number") }
    let word = words[at]
    at += 1
    switch word {
    case .number(let bits): return Value(bits)
    case .unsigned(let bits): return Value(bits, isUnsigned: true)
    case .symbol("("):
      let value = try choice(isLive: isLive)
      guard symbol == ")" else { throw unexpected("')'") }
      at += 1
      return value
    case .symbol("!"): return Value(try !unary(isLive: isLive).isTrue)
    case .symbol("-"):
      let value = try unary(isLive: isLive)
      return Value(0 &- value.bits, isUnsigned: value.isUnsigned)
    case .symbol("+"): return try unary(isLive: isLive)
    case .symbol("~"):
      let value = try unary(isLive: isLive)
      return Value(~value.bits, isUnsigned: value.isUnsigned)
    case .symbol:
      at -= 1
      throw unexpected("a number")
    }
  }

  private static func apply(
    _ name: String, _ left: Value, _ right: Value, isLive: Bool
  ) throws(ConditionError) -> Value {
    let isUnsigned = left.isUnsigned || right.isUnsigned
    let isLess = isUnsigned ? left.bits < right.bits : left.signed < right.signed
    switch name {
    case "||": return Value(left.isTrue || right.isTrue)
    case "&&": return Value(left.isTrue && right.isTrue)
    case "==": return Value(left.bits == right.bits)
    case "!=": return Value(left.bits != right.bits)
    case "<": return Value(isLess)
    case ">=": return Value(!isLess)
    case ">": return Value(!isLess && left.bits != right.bits)
    case "<=": return Value(isLess || left.bits == right.bits)
    case "|": return Value(left.bits | right.bits, isUnsigned: isUnsigned)
    case "^": return Value(left.bits ^ right.bits, isUnsigned: isUnsigned)
    case "&": return Value(left.bits & right.bits, isUnsigned: isUnsigned)
    case "+": return Value(left.bits &+ right.bits, isUnsigned: isUnsigned)
    case "-": return Value(left.bits &- right.bits, isUnsigned: isUnsigned)
    case "*": return Value(left.bits &* right.bits, isUnsigned: isUnsigned)
    case "<<": return Value(right.bits > 63 ? 0 : left.bits << right.bits, isUnsigned: left.isUnsigned)
    case ">>":
      let count = min(right.bits, 64)
      let bits = left.isUnsigned ? (count > 63 ? 0 : left.bits >> count) : UInt64(bitPattern: left.signed >> count)
      return Value(bits, isUnsigned: left.isUnsigned)
    default:
      guard right.bits != 0 else {
        guard isLive else { return Value(0) }
        throw ConditionError(message: "division by zero in the condition")
      }
      if isUnsigned {
        return Value(name == "/" ? left.bits / right.bits : left.bits % right.bits, isUnsigned: true)
      }
      let result =
        name == "/"
        ? left.signed.dividedReportingOverflow(by: right.signed)
        : left.signed.remainderReportingOverflow(dividingBy: right.signed)
      return Value(UInt64(bitPattern: result.partialValue))
    }
  }
}
