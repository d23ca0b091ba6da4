// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

/// Builds settings of words.
///
/// Lists are kept on a stack of their own, so that no depth of them can exhaust the machine's.
struct Parser {
  private(set) var config = XLConfig()
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var errorCount = 0
  private var warningCount = 0

  private var lexer: Lexer
  private var token: Token
  /// The word before, where a message about a missing end points.
  private var previous: Token?
  /// So many words must be read without an error before the next error of the grammar is believed to be one of its own.
  private var doubt = 0
  private static let doubtAfterError = 3

  init(_ source: SourceText) {
    lexer = Lexer(source)
    token = lexer.next()
    takeLexerDiagnostics()
  }

  mutating func parse() {
    while token.kind != .end, errorCount < XLConfig.errorLimit {
      switch token.kind {
      case .newline, .semicolon: shift()
      case .name: if !readSetting() { recover() }
      default:
        unexpected("the name of a setting")
        recover()
      }
    }
    if errorCount >= XLConfig.errorLimit, token.kind != .end {
      let message = "these are \(errorCount) errors; what follows was not read"
      diagnostics.append(Diagnostic(.note, rule: "xl-limit", message, at: Place(token.location)))
    }
  }

  /// Reads one setting and what ends it. False when an error was met, which has been reported.
  private mutating func readSetting() -> Bool {
    let name = token
    shift()
    let isAppending = token.kind == .plusEquals
    guard isAppending || token.kind == .equals else {
      unexpected("`=` or `+=`")
      return false
    }
    shift()
    guard let value = readValue() else { return false }
    assign(name, value, isAppending: isAppending)
    switch token.kind {
    case .newline, .semicolon:
      shift()
      return true
    case .end: return true
    case .fault: return false
    default:
      unexpected("a newline or `;` behind the value")
      return false
    }
  }

  // MARK: - Values

  private struct OpenList {
    var values: [XLConfig.Value] = []
    var opening: Token
    /// Whether something in it was no word, and took with it what nobody knows.
    var hasFault = false
  }

  /// What may come next in a list.
  private enum Expected {
    case value, separator
    /// Behind what is no word, which may have been a value or not.
    case either
  }

  private mutating func readValue() -> XLConfig.Value? {
    guard token.kind == .open else {
      guard let value = readText() else {
        var hint: String?
        if token.kind == .name { hint = "a text stands in quotes" }
        if token.kind == .newline { hint = "the value stands in the line of its name" }
        unexpected("a text in quotes, a number or a list", hint: hint)
        return nil
      }
      return value
    }
    var lists: [OpenList] = []
    var expected = Expected.value
    while true {
      switch token.kind {
      case .newline where !lists.isEmpty: shift()
      case .open where expected != .separator:
        guard lists.count < XLConfig.depthLimit else {
          error("xl-limit", "lists stand in lists more than \(XLConfig.depthLimit) deep", at: token.location)
          return nil
        }
        lists.append(OpenList(opening: token))
        expected = .value
        shift()
      case .close:
        guard let list = lists.popLast() else { return nil }
        let value = XLConfig.Value(.list(list.values), at: list.opening.location)
        shift()
        guard !lists.isEmpty else { return value }
        lists[lists.count - 1].values.append(value)
        expected = .separator
      case .comma where expected != .value:
        expected = .value
        shift()
      case .fault:
        expected = .either
        if !lists.isEmpty { lists[0].hasFault = true }
        shift()
      case .text where expected != .separator, .number where expected != .separator:
        if let value = readText() { lists[lists.count - 1].values.append(value) }
        expected = .separator
      default:
        if lists.first?.hasFault == false { unexpectedInList(lists.last, expected) }
        return nil
      }
    }
  }

  private mutating func readText() -> XLConfig.Value? {
    guard token.kind == .text || token.kind == .number else { return nil }
    let value = XLConfig.Value(.text(token.bytes), at: token.location)
    shift()
    return value
  }

  // MARK: - Assignments

  private mutating func assign(_ name: Token, _ value: XLConfig.Value, isAppending: Bool) {
    let text = String(decoding: name.bytes, as: UTF8.self)
    let setting = XLConfig.Setting(name: text, value: value, nameLocation: name.location)
    guard let old = config[text]?.nameLocation else {
      config.set(setting)
      if isAppending { warnOfAppending(to: setting, at: name.location) }
      return
    }
    let note = Diagnostic.Note("`\(text)` was set here", at: Place(old))
    guard isAppending else {
      config.set(setting)
      warn(
        "xl-duplicate", "`\(text)` is set again: this value counts, the one before does not", at: name.location,
        notes: [note])
      return
    }
    if config.append(setting) {
      if let setting = config[text] { warnOfAppending(to: setting, at: name.location) }
    } else if value.elements == nil {
      error(
        "xl-syntax", "`\(text)` is a list, and a text cannot be added to it", at: value.location,
        hint: "write [ ] around it", notes: [note])
    } else {
      error(
        "xl-syntax", "`\(text)` is a text, and the list that ends here cannot be added to it",
        at: previous?.location ?? value.location, notes: [note])
    }
  }

  private mutating func warnOfAppending(to setting: XLConfig.Setting, at location: SourceLocation) {
    guard let bytes = setting.value.bytes, warningCount < XLConfig.warningLimit else { return }
    let shown = 60
    let whole = String(decoding: bytes.prefix(shown), as: UTF8.self) + (bytes.count > shown ? "…" : "")
    warn(
      "xl-append", "xl puts texts together as they are, with a warning: `\(setting.name)` is now \"\(whole)\"",
      at: location, hint: "`+=` is for lists")
  }

  // MARK: - Words and errors

  private mutating func shift() {
    if doubt > 0 { doubt -= 1 }
    previous = token
    token = lexer.next()
    takeLexerDiagnostics()
  }

  private mutating func takeLexerDiagnostics() {
    for diagnostic in lexer.diagnostics { report(diagnostic) }
    lexer.diagnostics.removeAll(keepingCapacity: true)
  }

  private mutating func report(_ diagnostic: Diagnostic) {
    if diagnostic.level == .error {
      errorCount += 1
      diagnostics.append(diagnostic)
    } else {
      warningCount += 1
      if warningCount <= XLConfig.warningLimit { diagnostics.append(diagnostic) }
    }
  }

  /// Goes on behind the end of the line.
  private mutating func recover() {
    // What is no word has taken the rest of the line with it, so the next line begins afresh. Unless a single character
    // ended the line, which looks like one that was to go on.
    let isAtFault = token.kind == .fault && token.range.count > 1
    while token.kind != .newline, token.kind != .end { shift() }
    doubt = isAtFault ? 0 : Self.doubtAfterError
  }

  private mutating func unexpected(_ expected: String, hint: String? = nil) {
    // At a fault there is nothing to add.
    guard doubt == 0, token.kind != .fault else { return }
    // libxlutil counts the end of a file to the line of the word before.
    let location = token.kind == .end ? previous?.location ?? token.location : token.location
    error("xl-syntax", "expected \(expected), found \(found)", at: location, hint: hint)
  }

  private mutating func unexpectedInList(_ list: OpenList?, _ expected: Expected) {
    guard doubt == 0, let list else { return }
    let isEnd = token.kind == .end
    let wanted = expected == .value ? "a value or `]`" : "`,` or `]`"
    let location = isEnd ? previous?.location ?? token.location : token.location
    let message = isEnd ? "this list has no `]`" : "expected \(wanted) in a list, found \(found)"
    let begin = Diagnostic.Note("the list begins here", at: Place(list.opening.location))
    error(
      "xl-syntax", message, at: location, hint: token.kind == .name ? "a text stands in quotes" : nil,
      notes: list.opening.location.line == location.line ? [] : [begin])
  }

  private var found: String {
    switch token.kind {
    case .name: return "the name `\(String(decoding: token.bytes, as: UTF8.self))`"
    case .number: return "the number \(String(decoding: token.bytes, as: UTF8.self))"
    case .text: return "a text"
    case .equals: return "`=`"
    case .plusEquals: return "`+=`"
    case .comma: return "`,`"
    case .semicolon: return "`;`"
    case .open: return "`[`"
    case .close: return "`]`"
    case .newline: return "the end of the line"
    case .end: return "the end of the file"
    case .fault: return "what xl cannot read"
    }
  }

  private mutating func error(
    _ rule: String, _ message: String, at location: SourceLocation, hint: String? = nil,
    notes: [Diagnostic.Note] = []
  ) {
    report(.error(rule, message, at: Place(location), hint: hint, notes: notes))
  }

  private mutating func warn(
    _ rule: String, _ message: String, at location: SourceLocation, hint: String? = nil,
    notes: [Diagnostic.Note] = []
  ) {
    report(.warning(rule, message, at: Place(location), hint: hint, notes: notes))
  }
}
