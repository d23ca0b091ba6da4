// SPDX-License-Identifier: Apache-2.0
import Diagnostics

// Macros: what they stand for.
extension Preprocessor {
  // MARK: In the text

  /// Writes what a macro stands for, whose name stands in the text in front of the position.
  mutating func replace(_ index: Int32, _ range: Range<Int>) {
    parse(index)
    let isFunction = macros[Int(index)].isFunction
    if isFunction, !opensInText { return }
    let line = file.line
    let lineStart = file.lineStart
    flush(before: range.lowerBound)
    noteContent()
    let from = column(of: range.lowerBound, lineStart: lineStart)
    let partCount = map.parts.count
    addPart(line: line, column: from, expansion: Int32(map.expansions.count))
    if macros[Int(index)].isPlain {
      for token in macros[Int(index)].body { write(token) }
    } else {
      let name = MacroToken(
        kind: .identifier, hasSpace: false, buffer: file.buffer, start: Int32(clamping: range.lowerBound),
        end: Int32(clamping: range.upperBound))
      readsText = true
      contexts.append(Context(tokens: [name], macro: -1))
      while let token = expanded() { write(token) }
      contexts.removeAll(keepingCapacity: true)
      readsText = false
    }
    if Int(map.parts[partCount].start) == output.count {
      map.parts.removeLast()
    } else {
      let last = max(file.position - 1, file.lineStart)
      map.expansions.append(
        PreprocessedText.Expansion(
          macro: name(of: macros[Int(index)]), definition: definition(of: macros[Int(index)]),
          inclusion: file.inclusion, line: line, column: from + 1, endLine: file.line,
          endColumn: column(of: last, lineStart: file.lineStart) + 1))
    }
    startChunk()
    if needsSpace(before: byte(at: file.position)) { output.append(UInt8(ascii: " ")) }
    // A blank written for a token that the text continues is of no part.
    chunk.hasContent = false
  }

  /// Copies the text in front of a macro's name, be it only blanks: they part what stands around them.
  private mutating func flush(before end: Int) {
    guard chunk.start < end else { return }
    chunk.hasContent = true
    flush(to: end)
  }

  /// Whether the next token of the text is a `(`. It may stand on a later line.
  private var opensInText: Bool {
    var at = file.position
    let count = buffers[Int(file.buffer)].count
    while at < count {
      let byte = byte(at: at)
      if isClass(byte, .blank) || byte == 0x0A {
        at += 1
      } else if byte == UInt8(ascii: "\\"), isSplice(at) {
        at += self.byte(at: at + 1) == 0x0D ? 3 : 2
      } else if byte == UInt8(ascii: "/"), self.byte(at: at + 1) == UInt8(ascii: "*") {
        at += 2
        while at < count, !(self.byte(at: at) == UInt8(ascii: "*") && self.byte(at: at + 1) == UInt8(ascii: "/")) {
          at += 1
        }
        at += 2
      } else if byte == UInt8(ascii: "/"), self.byte(at: at + 1) == UInt8(ascii: "/") {
        while at < count, self.byte(at: at) != 0x0A { at += 1 }
      } else {
        return byte == UInt8(ascii: "(")
      }
    }
    return false
  }

  /// The next token of the text; nil at its end and before a directive.
  private mutating func textToken() -> MacroToken? {
    var hasSpace = false
    while !isAtEnd {
      let byte = byte(at: file.position)
      if byte == 0x0A {
        takeNewline()
        hasSpace = true
        skipBlanksOnLine()
        let start = file.position
        if !isAtEnd, self.byte(at: start) == UInt8(ascii: "#"), directive() != nil {
          file.position = start
          return nil
        }
      } else if isClass(byte, .blank) || (byte == UInt8(ascii: "\\") && isSplice(file.position)) {
        if byte == UInt8(ascii: "\\") { takeSplice() } else { file.position += 1 }
        hasSpace = true
      } else if byte == UInt8(ascii: "/"), self.byte(at: file.position + 1) == UInt8(ascii: "*") {
        skipComment()
        hasSpace = true
      } else if byte == UInt8(ascii: "/"), self.byte(at: file.position + 1) == UInt8(ascii: "/") {
        while !isAtEnd, self.byte(at: file.position) != 0x0A { file.position += 1 }
      } else {
        var at = file.position
        defer { file.position = at }
        return token(in: file.buffer, &at, before: buffers[Int(file.buffer)].count, &hasSpace)
      }
    }
    return nil
  }

  // MARK: Replacing

  /// Replaces the macros of a list of tokens that stands alone.
  mutating func expandAll(_ tokens: [MacroToken]) -> [MacroToken] {
    guard tokens.contains(where: { $0.kind == .identifier }) else { return tokens }
    let base = contextBase
    let readsOuterText = readsText
    contextBase = contexts.count
    readsText = false
    contexts.append(Context(tokens: tokens, macro: -1))
    var result: [MacroToken] = []
    while let token = expanded() { result.append(token) }
    contextBase = base
    readsText = readsOuterText
    return result
  }

  /// The next token in which no macro is left to replace.
  private mutating func expanded() -> MacroToken? {
    while var token = pending() {
      guard token.kind == .identifier, !token.isFinal, let index = macro(token) else {
        if token.kind == .nothing { continue }
        return token
      }
      guard !macros[Int(index)].isDisabled else {
        token.isFinal = true
        return token
      }
      if !enter(index, token) { return token }
    }
    return nil
  }

  /// The next token of the lists that are being read. A macro whose list has ended can be replaced again.
  private mutating func pending() -> MacroToken? {
    while contexts.count > contextBase {
      let top = contexts.count - 1
      let next = contexts[top].next
      if next < contexts[top].tokens.count {
        contexts[top].next = next + 1
        return contexts[top].tokens[next]
      }
      let macro = contexts.removeLast().macro
      if macro >= 0 { macros[Int(macro)].isDisabled = false }
    }
    return nil
  }

  /// Whether a `(` comes next.
  private var opensNext: Bool {
    for context in contexts[contextBase...].reversed() where context.next < context.tokens.count {
      return isOpening(context.tokens[context.next])
    }
    return readsText && opensInText
  }

  private func isOpening(_ token: MacroToken) -> Bool {
    token.kind == .punctuation && token.end - token.start == 1 && byte(of: token) == UInt8(ascii: "(")
  }

  /// Begins to read what a macro stands for.
  /// - Returns: false when its name stands for itself.
  private mutating func enter(_ index: Int32, _ use: MacroToken) -> Bool {
    parse(index)
    let macro = macros[Int(index)]
    if let builtIn = macro.builtIn {
      let token = literal(text(of: builtIn), hasSpace: use.hasSpace)
      contexts.append(Context(tokens: [token], macro: -1))
      return true
    }
    var tokens = macro.body
    if macro.isFunction {
      guard opensNext, let arguments = arguments(macro) else { return false }
      tokens = substitute(arguments, in: macro)
    } else if !macro.isPlain, macro.body.contains(where: { $0.kind == .paste }) {
      tokens = substitute([], in: macro)
    }
    guard tokens.count <= tokensLeft else {
      giveUp("macros stand for more than \(Self.tokenLimit) tokens", use)
      return false
    }
    tokensLeft -= tokens.count
    if !tokens.isEmpty { tokens[0].hasSpace = use.hasSpace }
    macros[Int(index)].isDisabled = true
    contexts.append(Context(tokens: tokens, macro: index))
    return true
  }

  /// Takes what a token of that many bytes costs from what is left, so that tokens cannot grow without end either.
  private mutating func pay(_ bytes: Int, _ use: MacroToken) -> Bool {
    guard tokensLeft > bytes / 8 else {
      giveUp("macros stand for more than \(Self.tokenLimit) tokens", use)
      return false
    }
    tokensLeft -= bytes / 8
    return true
  }

  private mutating func giveUp(_ message: String, _ use: MacroToken) {
    guard !hasGivenUp else { return }
    hasGivenUp = true
    tokensLeft = 0
    let at: Point = (file.line, column(of: file.position, lineStart: file.lineStart))
    report(.limit, message, from: at, to: at)
  }

  private mutating func text(of builtIn: Macro.BuiltIn) -> String {
    switch builtIn {
    case .line: return String(file.line)
    case .counter:
      counter += 1
      return String(counter - 1)
    case .file:
      let name = file.inclusion >= 0 ? map.inclusions[Int(file.inclusion)].name : ""
      return "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
  }

  // MARK: Arguments

  /// Reads what stands in parentheses behind a macro's name, without replacing anything in it.
  private mutating func arguments(_ macro: Macro) -> [[MacroToken]]? {
    let use: Point = (file.line, column(of: max(file.position - 1, file.lineStart), lineStart: file.lineStart))
    var arguments: [[MacroToken]] = [[]]
    var depth = 0
    while let token = pending() ?? (readsText ? textToken() : nil) {
      if token.kind == .punctuation, token.end - token.start == 1 {
        switch byte(of: token) {
        case UInt8(ascii: "("):
          depth += 1
          if depth == 1 { continue }
        case UInt8(ascii: ")"):
          depth -= 1
          if depth == 0 { return checked(arguments, macro, use) }
        case UInt8(ascii: ",") where depth == 1 && !(macro.isVariadic && arguments.count == macro.parameterCount):
          arguments.append([])
          continue
        default: break
        }
      }
      guard tokensLeft > 0 else { return nil }
      tokensLeft -= 1
      arguments[arguments.count - 1].append(token)
    }
    let name = name(of: macro)
    report(
      .preprocessor, "expected ')' after the arguments of macro '\(name)'", from: use, to: use, notes: note(macro))
    return nil
  }

  private mutating func checked(_ arguments: [[MacroToken]], _ macro: Macro, _ use: Point) -> [[MacroToken]]? {
    var arguments = arguments
    let wanted = macro.parameterCount
    if wanted == 0, arguments.count == 1, arguments[0].isEmpty { return [] }
    if macro.isVariadic, arguments.count == wanted - 1 { arguments.append([]) }
    guard arguments.count != wanted else { return arguments }
    let least = macro.isVariadic ? "at least \(wanted - 1)" : "\(wanted)"
    let noun = (macro.isVariadic ? wanted - 1 : wanted) == 1 ? "argument" : "arguments"
    report(
      .preprocessor, "macro '\(name(of: macro))' takes \(least) \(noun) and is given \(arguments.count)", from: use,
      to: use, notes: note(macro))
    return nil
  }

  private func note(_ macro: Macro) -> [Diagnostic.Note] {
    definition(of: macro).map { [Diagnostic.Note("defined here", at: Place($0))] } ?? []
  }

  /// The body with arguments in place of parameters.
  private mutating func substitute(_ arguments: [[MacroToken]], in macro: Macro) -> [MacroToken] {
    var expandedArguments = [[MacroToken]?](repeating: nil, count: arguments.count)
    var result: [MacroToken] = []
    let body = macro.body
    var at = 0
    while at < body.count, result.count <= tokensLeft {
      let token = body[at]
      at += 1
      switch token.kind {
      case .stringize where at < body.count && body[at].kind == .parameter:
        result.append(stringized(arguments[Int(body[at].parameter)], hasSpace: token.hasSpace))
        at += 1
      case .paste where at < body.count:
        var right = body[at]
        at += 1
        var operand = [right]
        if right.kind == .stringize, at < body.count, body[at].kind == .parameter {
          operand = [stringized(arguments[Int(body[at].parameter)], hasSpace: false)]
          at += 1
        } else if right.kind == .parameter {
          operand = arguments[Int(right.parameter)]
          let isRest = macro.isVariadic && Int(right.parameter) == macro.parameterCount - 1
          if isRest, let comma = result.last, comma.kind == .punctuation, byte(of: comma) == UInt8(ascii: ",") {
            // `, ## __VA_ARGS__`: the comma goes with the arguments.
            if operand.isEmpty { result.removeLast() } else { result += expandedArgument(operand) }
            continue
          }
          if operand.isEmpty {
            right.kind = .nothing
            right.end = right.start
            operand = [right]
          }
        }
        let left = result.popLast()
        result.append(pasted(left, operand[0]))
        result += operand.dropFirst()
      case .parameter:
        let index = Int(token.parameter)
        let isPasted = at < body.count && body[at].kind == .paste
        var tokens: [MacroToken]
        if isPasted {
          tokens = arguments[index]
        } else if let known = expandedArguments[index] {
          tokens = known
        } else {
          tokens = expandedArgument(arguments[index])
          expandedArguments[index] = tokens
        }
        if tokens.isEmpty, isPasted {
          var nothing = token
          nothing.kind = .nothing
          nothing.end = nothing.start
          tokens = [nothing]
        }
        if !tokens.isEmpty { tokens[0].hasSpace = token.hasSpace }
        result += tokens
      default:
        result.append(token)
      }
    }
    return result
  }

  private mutating func expandedArgument(_ argument: [MacroToken]) -> [MacroToken] {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Self.nestingLimit else {
      if let first = argument.first { giveUp("macros nest at most \(Self.nestingLimit) deep", first) }
      return argument
    }
    return expandAll(argument)
  }

  private mutating func pasted(_ left: MacroToken?, _ right: MacroToken) -> MacroToken {
    guard let left, left.kind != .nothing else {
      var right = right
      right.hasSpace = left?.hasSpace ?? right.hasSpace
      return right
    }
    guard right.kind != .nothing else { return left }
    guard pay(left.range.count + right.range.count, left) else { return left }
    return literal(string(left) + string(right), hasSpace: left.hasSpace)
  }

  /// An argument as a string, as it is written but for its blanks.
  private mutating func stringized(_ argument: [MacroToken], hasSpace: Bool) -> MacroToken {
    guard let first = argument.first else { return literal("\"\"", hasSpace: hasSpace) }
    guard pay(argument.reduce(0) { $0 + $1.range.count }, first) else { return first }
    var text = "\""
    for (index, token) in argument.enumerated() {
      if index > 0, token.hasSpace { text += " " }
      let spelling = string(token)
      text +=
        token.kind == .string
        ? spelling.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") : spelling
    }
    var token = literal(text + "\"", hasSpace: hasSpace)
    token.kind = .string
    return token
  }

  // MARK: Writing

  private mutating func write(_ token: MacroToken) {
    guard token.kind != .nothing, token.end > token.start, output.count < Self.outputLimit else { return }
    if token.hasSpace || needsSpace(before: byte(of: token)) { output.append(UInt8(ascii: " ")) }
    unsafe output.append(contentsOf: buffers[Int(token.buffer)].pointers(token.range))
  }

  /// Whether a byte would become one token with the last one written.
  private func needsSpace(before byte: UInt8) -> Bool {
    guard let last = output.last else { return false }
    if isClass(last, .label), isClass(byte, .label) { return true }
    return Self.isPair(last, byte) || (last == UInt8(ascii: "/") && (byte == last || byte == UInt8(ascii: "*")))
  }
}
