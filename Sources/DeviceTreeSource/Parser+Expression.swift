// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// Expressions in parentheses: those of C, on unsigned 64-bit numbers.
extension Parser {
  /// What waits for its right operand.
  struct Pending: BitwiseCopyable {
    enum Kind: BitwiseCopyable {
      case parenthesis, unary(Token), binary(Token)
      /// `condition ?` before its `:`, and after it.
      case question, choice
    }

    var kind: Kind
    var precedence: Int
    var start: Spot
  }

  /// Reads an expression from its `(` on. The lexer is left on the matching `)`.
  ///
  /// Two stacks instead of recursion: no depth of parentheses costs stack.
  mutating func parseExpression() throws(Stop) -> UInt64 {
    operands.removeAll()
    pending.removeAll()
    pending.append(Pending(kind: .parenthesis, precedence: 0, start: lexer.startSpot()))
    var wantsOperand = true
    while true {
      advance(.values)
      let token = lexer.kind
      let start = lexer.startSpot()
      if wantsOperand {
        switch token {
        case .number:
          operands.append(lexer.number)
          wantsOperand = false
        case .openParenthesis:
          pending.append(Pending(kind: .parenthesis, precedence: 0, start: start))
        case .minus, .tilde, .exclamation, .plus:
          pending.append(Pending(kind: .unary(token), precedence: 12, start: start))
        case .word:
          report(
            .syntax, "expected a number, found '\(lexer.text)'",
            hint: macroHint(for: lexer.text))
          throw Stop()
        default:
          throw unexpected("expected a number in this expression")
        }
        continue
      }
      switch token {
      case .closeParenthesis:
        try reduce(downTo: 1)
        guard case .parenthesis? = pending.last?.kind else { throw reportQuestion(pending.last) }
        pending.popLast()
        if pending.isEmpty { return operands.last ?? 0 }
      case .question:
        try reduce(downTo: 2)
        pending.append(Pending(kind: .question, precedence: 0, start: start))
        wantsOperand = true
      case .colon:
        try reduce(downTo: 1)
        guard case .question? = pending.popLast()?.kind else {
          throw unexpected("expected an operator or ')'")
        }
        pending.append(Pending(kind: .choice, precedence: 1, start: start))
        wantsOperand = true
      default:
        guard let precedence = Self.precedence(token) else {
          throw unexpected("expected an operator or ')' in this expression")
        }
        try reduce(downTo: precedence)
        pending.append(Pending(kind: .binary(token), precedence: precedence, start: start))
        wantsOperand = true
      }
    }
  }

  /// How strongly an operator binds, or nil for what is no operator between two numbers.
  private static func precedence(_ token: Token) -> Int? {
    switch token {
    case .or: 2
    case .and: 3
    case .pipe: 4
    case .caret: 5
    case .ampersand: 6
    case .equal, .notEqual: 7
    case .less, .greater, .lessOrEqual, .greaterOrEqual: 8
    case .shiftLeft, .shiftRight: 9
    case .plus, .minus: 10
    case .star, .slash, .percent: 11
    default: nil
    }
  }

  /// Computes everything on the stacks that binds at least that strongly.
  private mutating func reduce(downTo precedence: Int) throws(Stop) {
    while let top = pending.last, top.precedence >= precedence, top.precedence > 0 {
      pending.popLast()
      guard let right = operands.popLast() else { throw Stop() }
      switch top.kind {
      case .unary(let token):
        operands.append(Self.unary(token, right))
      case .binary(let token):
        guard let left = operands.popLast() else { throw Stop() }
        if right == 0, token == .slash || token == .percent {
          report(.badNumber, "division by zero", from: top.start, to: top.start)
        }
        operands.append(Self.binary(token, left, right))
      case .choice:
        guard let middle = operands.popLast(), let condition = operands.popLast() else { throw Stop() }
        operands.append(condition != 0 ? middle : right)
      case .parenthesis, .question:
        throw Stop()
      }
    }
  }

  private mutating func reportQuestion(_ question: Pending?) -> Stop {
    let start = question?.start ?? lexer.startSpot()
    report(.syntax, "this '?' has no ':'", from: start, to: start)
    return Stop()
  }

  private static func unary(_ token: Token, _ value: UInt64) -> UInt64 {
    switch token {
    case .minus: 0 &- value
    case .tilde: ~value
    case .exclamation: value == 0 ? 1 : 0
    default: value
    }
  }

  private static func binary(_ token: Token, _ left: UInt64, _ right: UInt64) -> UInt64 {
    switch token {
    case .or: left != 0 || right != 0 ? 1 : 0
    case .and: left != 0 && right != 0 ? 1 : 0
    case .pipe: left | right
    case .caret: left ^ right
    case .ampersand: left & right
    case .equal: left == right ? 1 : 0
    case .notEqual: left != right ? 1 : 0
    case .less: left < right ? 1 : 0
    case .greater: left > right ? 1 : 0
    case .lessOrEqual: left <= right ? 1 : 0
    case .greaterOrEqual: left >= right ? 1 : 0
    case .shiftLeft: left << right
    case .shiftRight: left >> right
    case .plus: left &+ right
    case .minus: left &- right
    case .star: left &* right
    case .slash: right == 0 ? 0 : left / right
    case .percent: right == 0 ? 0 : left % right
    default: 0
    }
  }
}
