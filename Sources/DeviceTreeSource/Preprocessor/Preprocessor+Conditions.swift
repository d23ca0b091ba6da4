// SPDX-License-Identifier: Apache-2.0
import Diagnostics

// `#if` and what belongs to it.
extension Preprocessor {
  mutating func beginCondition(_ directive: Directive, at start: Int) {
    let line = file.line
    let from = column(of: start, lineStart: file.lineStart)
    var condition = Condition(
      line: line, column: from, endColumn: from + Int32(directive.rawValue.utf8.count), wasTaken: true)
    if directive == .condition {
      condition.wasTaken = evaluateLine(condition)
    } else {
      let name = conditionName(directive, condition)
      let index = name.flatMap { self.macro(buffers[Int(file.buffer)], $0) }
      condition.wasTaken = (index != nil) == (directive == .ifdef)
      if directive == .ifndef, file.guardState == .ahead, let name {
        file.guardState = .inside
        file.guardName = macroIndex(buffers[Int(file.buffer)], name)
        condition.isGuard = true
      }
    }
    conditions.append(condition)
    if !condition.wasTaken { skipGroup() }
  }

  private mutating func conditionName(_ directive: Directive, _ condition: Condition) -> Range<Int>? {
    skipBlanksOnLine()
    let start = file.position
    var end = start
    if isClass(byte(at: start), .labelStart) {
      while isClass(byte(at: end), .label) { end += 1 }
    }
    skipLine()
    guard end == start else { return start..<end }
    report(
      .preprocessor, "expected the name of a macro after '#\(directive.rawValue)'",
      from: (condition.line, condition.column), to: (condition.line, condition.endColumn))
    return nil
  }

  /// `#elif`, `#else` or `#endif` behind lines that were read: what follows up to `#endif` is not.
  mutating func continueCondition(_ directive: Directive, at start: Int) {
    let line = file.line
    let from = column(of: start, lineStart: file.lineStart)
    let end: Point = (line, from + Int32(directive.rawValue.utf8.count))
    skipLine()
    guard conditions.count > file.conditions, var condition = conditions.popLast() else {
      report(
        .preprocessor, "this '#\(directive.rawValue)' belongs to no condition", from: (line, from), to: end)
      return
    }
    if directive == .endif { return close(condition) }
    check(directive, &condition, (line, from), end)
    conditions.append(condition)
    skipGroup()
  }

  private mutating func close(_ condition: Condition) {
    if condition.isGuard, file.guardState == .inside { file.guardState = .behind }
  }

  private mutating func check(_ directive: Directive, _ condition: inout Condition, _ start: Point, _ end: Point) {
    if condition.isGuard { file.guardState = .broken }
    if condition.hasElse {
      let first: Point = (condition.line, condition.column)
      report(
        .preprocessor, "'#\(directive.rawValue)' stands behind the '#else' of its condition", from: start, to: end,
        notes: [Diagnostic.Note("the condition", at: Place(location(first, (condition.line, condition.endColumn))))])
    }
    if directive == .else { condition.hasElse = true }
  }

  /// Skips lines up to the branch of the innermost condition that is to be read, or behind its `#endif`.
  private mutating func skipGroup() {
    var depth = 0
    while !isAtEnd {
      skipBlanksOnLine()
      let start = file.position
      guard byte(at: start) == UInt8(ascii: "#"), case .directive(let directive) = directive() else {
        skipLine()
        continue
      }
      switch directive {
      case .condition, .ifdef, .ifndef:
        depth += 1
        skipLine()
      case .endif:
        skipLine()
        if depth == 0 {
          if let condition = conditions.popLast() { close(condition) }
          return
        }
        depth -= 1
      case .elif, .else:
        guard depth == 0, var condition = conditions.popLast() else {
          skipLine()
          continue
        }
        let from = column(of: start, lineStart: file.lineStart)
        let begin: Point = (file.line, from)
        let end: Point = (file.line, from + Int32(directive.rawValue.utf8.count))
        check(directive, &condition, begin, end)
        var isTaken = !condition.wasTaken
        if directive == .elif, isTaken {
          var site = condition
          site.line = begin.line
          site.column = begin.column
          site.endColumn = end.column
          isTaken = evaluateLine(site)
        } else {
          skipLine()
        }
        condition.wasTaken = condition.wasTaken || isTaken
        conditions.append(condition)
        if isTaken { return }
      default:
        skipLine()
      }
    }
  }

  /// The truth of the rest of the line.
  private mutating func evaluateLine(_ site: Condition) -> Bool {
    let start = file.position
    let end = skipLine()
    let from: Point = (site.line, site.column)
    let to: Point = (site.line, site.endColumn)
    let tokens = expandAll(resolveDefined(self.tokens(in: file.buffer, start..<end)))
    do throws(ConditionError) {
      var reader = ConditionReader(words: try words(tokens))
      return try reader.value() != 0
    } catch {
      report(.preprocessor, error.message, from: from, to: to)
      return false
    }
  }

  /// Puts 1 or 0 where `defined NAME` or `defined(NAME)` stands.
  private mutating func resolveDefined(_ tokens: [MacroToken]) -> [MacroToken] {
    var result: [MacroToken] = []
    var at = 0
    while at < tokens.count {
      let token = tokens[at]
      at += 1
      guard token.kind == .identifier, string(token) == "defined" else {
        result.append(token)
        continue
      }
      var name: MacroToken?
      if at < tokens.count, tokens[at].kind == .identifier {
        name = tokens[at]
        at += 1
      } else if at + 2 < tokens.count, string(tokens[at]) == "(", tokens[at + 1].kind == .identifier,
        string(tokens[at + 2]) == ")"
      {
        name = tokens[at + 1]
        at += 3
      }
      guard let name else {
        result.append(token)
        continue
      }
      result.append(literal(macro(name) != nil ? "1" : "0", hasSpace: true))
    }
    return result
  }

  private func words(_ tokens: [MacroToken]) throws(ConditionError) -> [ConditionReader.Word] {
    var words: [ConditionReader.Word] = []
    words.reserveCapacity(tokens.count)
    for token in tokens {
      let text = string(token)
      switch token.kind {
      // A name that is no macro is 0, as in C.
      case .identifier: words.append(.number(0))
      case .number:
        guard let number = ConditionReader.number(text) else {
          throw ConditionError(message: "'\(text)' is not an integer")
        }
        words.append(number)
      case .string where text.hasPrefix("'"):
        let bytes = Array(text.utf8.dropFirst().dropLast())
        guard bytes.count == 1, let byte = bytes.first else {
          throw ConditionError(message: "\(text) is not one character")
        }
        words.append(.number(UInt64(byte)))
      default:
        words.append(.symbol(text))
      }
    }
    return words
  }
}
