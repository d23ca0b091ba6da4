// SPDX-License-Identifier: Apache-2.0
import Diagnostics

// Macros: definitions and what they hold.
extension Preprocessor {
  /// The number of a macro's name, be it defined or not.
  mutating func macroIndex(_ buffer: SourceBuffer, _ range: Range<Int>) -> Int32 {
    let symbol = names.symbol(of: buffer, range)
    if Int(symbol.index) >= macros.count {
      macros.append(
        Macro(buffer: -1, name: 0..<0, rest: 0..<0, inclusion: -1, line: 0, lineStart: 0, isDefined: false))
    }
    return symbol.index
  }

  /// The macro of that name, when it is defined.
  func macro(_ buffer: SourceBuffer, _ range: Range<Int>) -> Int32? {
    guard let symbol = names.find(buffer, range), macros[Int(symbol.index)].isDefined else { return nil }
    return symbol.index
  }

  func macro(_ token: MacroToken) -> Int32? {
    macro(buffers[Int(token.buffer)], token.range)
  }

  /// Reads a definition, on whose name the file stands.
  mutating func define() {
    let start = file.position
    let line = file.line
    let lineStart = file.lineStart
    guard isClass(byte(at: start), .labelStart) else {
      let at: Point = (line, column(of: start, lineStart: lineStart))
      skipLine()
      return report(.preprocessor, "expected the name of a macro after '#define'", from: at, to: at)
    }
    var nameEnd = start + 1
    while isClass(byte(at: nameEnd), .label) { nameEnd += 1 }
    file.position = nameEnd
    let end = skipLine()
    let index = Int(macroIndex(buffers[Int(file.buffer)], start..<nameEnd))
    var macro = Macro(
      buffer: file.buffer, name: Int32(start)..<Int32(nameEnd), rest: Int32(nameEnd)..<Int32(max(end, nameEnd)),
      inclusion: file.inclusion, line: line, lineStart: Int32(lineStart))
    initials[Int(byte(at: start))] = true
    if macros[index].isDefined, macros[index].builtIn == nil, !isSame(index, macro) {
      let first = definition(of: macros[index])
      report(
        .preprocessor, "macro '\(name(of: macro))' is defined anew, as something else",
        from: (line, column(of: start, lineStart: lineStart)),
        to: (line, column(of: nameEnd - 1, lineStart: lineStart)),
        notes: first.map { [Diagnostic.Note("the first definition", at: Place($0))] } ?? [], level: .warning)
    }
    macro.isDisabled = macros[index].isDisabled
    macros[index] = macro
  }

  mutating func defineBuiltIn(_ name: String, _ kind: Macro.BuiltIn) {
    buffers.append(SourceBuffer(copying: Array(name.utf8)))
    let buffer = Int32(buffers.count - 1)
    let index = Int(macroIndex(buffers[Int(buffer)], 0..<name.utf8.count))
    var macro = Macro(
      buffer: buffer, name: 0..<Int32(name.utf8.count), rest: 0..<0, inclusion: -1, line: 0, lineStart: 0)
    macro.builtIn = kind
    macro.isParsed = true
    initials[Int(UInt8(ascii: "_"))] = true
    macros[index] = macro
  }

  /// Whether two definitions say the same but for blanks.
  private mutating func isSame(_ index: Int, _ macro: Macro) -> Bool {
    let known = macros[index]
    let first = tokens(in: known.buffer, Int(known.rest.lowerBound)..<Int(known.rest.upperBound))
    let second = tokens(in: macro.buffer, Int(macro.rest.lowerBound)..<Int(macro.rest.upperBound))
    return first.elementsEqual(second) { string($0) == string($1) }
  }

  mutating func undefine() {
    skipBlanksOnLine()
    let start = file.position
    var end = start
    while isClass(byte(at: end), .label) { end += 1 }
    if end > start, let index = macro(buffers[Int(file.buffer)], start..<end) {
      macros[Int(index)].isDefined = false
    }
    skipLine()
  }

  // MARK: Tokens

  /// The tokens of a piece of a buffer.
  func tokens(in buffer: Int32, _ range: Range<Int>) -> [MacroToken] {
    var tokens: [MacroToken] = []
    var at = range.lowerBound
    var hasSpace = false
    while let token = token(in: buffer, &at, before: range.upperBound, &hasSpace) {
      tokens.append(token)
    }
    return tokens
  }

  /// The next token of a piece of a buffer, behind blanks, comments and newlines.
  func token(in buffer: Int32, _ at: inout Int, before end: Int, _ hasSpace: inout Bool) -> MacroToken? {
    let bytes = buffers[Int(buffer)]
    while at < end {
      let byte = bytes[at]
      if isClass(byte, .blank) || byte == 0x0A {
        at += 1
        hasSpace = true
      } else if byte == UInt8(ascii: "\\"), bytes[at + 1] == 0x0A || bytes[at + 1] == 0x0D {
        at += 2
      } else if byte == UInt8(ascii: "/"), bytes[at + 1] == UInt8(ascii: "*") {
        at += 2
        while at < end, !(bytes[at] == UInt8(ascii: "*") && bytes[at + 1] == UInt8(ascii: "/")) { at += 1 }
        // A comment that nothing closes ends where the piece does.
        at = min(at + 2, end)
        hasSpace = true
      } else if byte == UInt8(ascii: "/"), bytes[at + 1] == UInt8(ascii: "/") {
        while at < end, bytes[at] != 0x0A { at += 1 }
        hasSpace = true
      } else {
        break
      }
    }
    guard at < end else { return nil }
    let start = at
    let kind = scan(bytes, &at, before: end)
    defer { hasSpace = false }
    return MacroToken(
      kind: kind, hasSpace: hasSpace, buffer: buffer, start: Int32(clamping: start), end: Int32(clamping: at))
  }

  private func scan(_ bytes: SourceBuffer, _ at: inout Int, before end: Int) -> MacroToken.Kind {
    let first = bytes[at]
    let start = at
    at += 1
    if isClass(first, .labelStart) {
      while at < end, isClass(bytes[at], .label) { at += 1 }
      return .identifier
    }
    if isClass(first, .digit) {
      while at < end, isClass(bytes[at], .label) || bytes[at] == UInt8(ascii: ".") { at += 1 }
      return .number
    }
    if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
      while at < end, bytes[at] != first, bytes[at] != 0x0A {
        at += bytes[at] == UInt8(ascii: "\\") && at + 1 < end ? 2 : 1
      }
      guard at < end, bytes[at] == first else {
        at = start + 1
        return .punctuation
      }
      at += 1
      return .string
    }
    if at < end, Self.isPair(first, bytes[at]) { at += 1 }
    while at < end, first >= 0x80, bytes[at] & 0xC0 == 0x80 { at += 1 }
    return .punctuation
  }

  /// Whether two characters are one operator.
  static func isPair(_ first: UInt8, _ second: UInt8) -> Bool {
    switch (first, second) {
    case (UInt8(ascii: "<"), UInt8(ascii: "<")), (UInt8(ascii: ">"), UInt8(ascii: ">")),
      (UInt8(ascii: "|"), UInt8(ascii: "|")), (UInt8(ascii: "&"), UInt8(ascii: "&")),
      (UInt8(ascii: "#"), UInt8(ascii: "#")), (UInt8(ascii: "="), UInt8(ascii: "=")),
      (UInt8(ascii: "!"), UInt8(ascii: "=")), (UInt8(ascii: "<"), UInt8(ascii: "=")),
      (UInt8(ascii: ">"), UInt8(ascii: "=")):
      true
    default: false
    }
  }

  /// A token that stands in no file.
  mutating func literal(_ text: String, hasSpace: Bool) -> MacroToken {
    let bytes = Array(text.utf8)
    buffers.append(SourceBuffer(copying: bytes))
    let buffer = Int32(buffers.count - 1)
    var at = 0
    var kind = MacroToken.Kind.nothing
    if !bytes.isEmpty { kind = scan(buffers[Int(buffer)], &at, before: bytes.count) }
    // What is no single token is still written as one.
    if at < bytes.count { kind = .punctuation }
    return MacroToken(kind: kind, hasSpace: hasSpace, buffer: buffer, start: 0, end: Int32(clamping: bytes.count))
  }

  // MARK: Bodies

  /// Takes a definition apart when its macro is used first.
  mutating func parse(_ index: Int32) {
    guard !macros[Int(index)].isParsed else { return }
    var macro = macros[Int(index)]
    macro.isParsed = true
    var at = Int(macro.rest.lowerBound)
    let end = Int(macro.rest.upperBound)
    var parameters: [String] = []
    if at < end, buffers[Int(macro.buffer)][at] == UInt8(ascii: "(") {
      macro.isFunction = true
      at += 1
      parameters = parseParameters(&macro, &at, end)
    }
    macro.parameterCount = parameters.count
    macro.body = parseBody(macro, at..<end, parameters)
    // A blank in front of the first token stands in front of the macro's name.
    if !macro.body.isEmpty { macro.body[0].hasSpace = false }
    macro.isPlain = !macro.isFunction && macro.body.allSatisfy { $0.kind != .identifier && $0.kind != .paste }
    macros[Int(index)] = macro
  }

  private mutating func parseParameters(_ macro: inout Macro, _ at: inout Int, _ end: Int) -> [String] {
    var parameters: [String] = []
    var hasSpace = false
    while let token = token(in: macro.buffer, &at, before: end, &hasSpace) {
      let text = string(token)
      switch text {
      case ")": return parameters
      case ",": continue
      case ".":
        // `...` comes as three; behind a name, that name stands for all further arguments.
        guard !macro.isVariadic else { continue }
        macro.isVariadic = true
        if buffers[Int(macro.buffer)][Int(token.start) - 1] == UInt8(ascii: ",") || parameters.isEmpty
          || token.hasSpace
        {
          parameters.append("__VA_ARGS__")
        }
      default:
        guard token.kind == .identifier else {
          reportDefinition(macro, "expected a parameter in the definition of '\(name(of: macro))', found '\(text)'")
          return parameters
        }
        parameters.append(text)
      }
    }
    reportDefinition(macro, "expected ')' after the parameters of '\(name(of: macro))'")
    return parameters
  }

  private mutating func parseBody(_ macro: Macro, _ range: Range<Int>, _ parameters: [String]) -> [MacroToken] {
    var body = tokens(in: macro.buffer, range)
    for at in body.indices {
      switch body[at].kind {
      case .identifier:
        guard macro.isFunction, let index = parameters.firstIndex(of: string(body[at])) else { continue }
        body[at].kind = .parameter
        body[at].parameter = Int32(index)
      case .punctuation:
        let text = string(body[at])
        if text == "##" {
          body[at].kind = .paste
        } else if text == "#", macro.isFunction {
          body[at].kind = .stringize
        }
      default: break
      }
    }
    if body.first?.kind == .paste || body.last?.kind == .paste {
      reportDefinition(macro, "'##' needs something on either side")
      body.removeAll { $0.kind == .paste }
    }
    return body
  }

  private mutating func reportDefinition(_ macro: Macro, _ message: String) {
    guard diagnostics.count < Parser.errorLimit else { return }
    let place = definition(of: macro).map { Place($0) } ?? Place(file: "command line")
    diagnostics.append(.error(Rule.preprocessor.rawValue, message, at: place))
  }
}
