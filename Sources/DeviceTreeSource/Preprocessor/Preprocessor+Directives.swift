// SPDX-License-Identifier: Apache-2.0
import Diagnostics

// Lines that begin with `#`.
extension Preprocessor {
  /// What a line can ask for besides the words of ``Directive``: a line marker.
  enum Line {
    case directive(Directive)
    case marker
  }

  /// The directive whose `#` stands at the position, which then is behind its word; nil for a name such as `#size-cells`.
  mutating func directive() -> Line? {
    var at = file.position + 1
    while isClass(byte(at: at), .blank) { at += 1 }
    if isClass(byte(at: at), .digit), at > file.position + 1 {
      file.position = at
      return .marker
    }
    let start = at
    while isClass(byte(at: at), .label) { at += 1 }
    guard at > start, at - start <= 7, !isClass(byte(at: at), .name),
      let directive = Directive(buffers[Int(file.buffer)].string(start..<at))
    else { return nil }
    guard directive == .line else {
      file.position = at
      return .directive(directive)
    }
    while isClass(byte(at: at), .blank) { at += 1 }
    guard isClass(byte(at: at), .digit) else { return nil }
    file.position = at
    return .marker
  }

  mutating func read(_ line: Line, at start: Int) {
    switch line {
    case .marker: followMarker()
    case .directive(let directive): read(directive, at: start)
    }
  }

  private mutating func read(_ directive: Directive, at start: Int) {
    switch directive {
    case .condition, .ifdef, .ifndef:
      if directive != .ifndef || file.guardState != .ahead { noteContent() }
    case .elif, .else, .endif: break
    default: noteContent()
    }
    switch directive {
    case .define:
      skipBlanksOnLine()
      define()
    case .undef: undefine()
    case .include: include(at: start)
    case .ifdef, .ifndef, .condition: beginCondition(directive, at: start)
    case .elif, .else, .endif: continueCondition(directive, at: start)
    case .error, .warning:
      let line = file.line
      let from = column(of: start, lineStart: file.lineStart)
      let textStart = file.position
      let end = skipLine()
      let text = trimmed(textStart..<end)
      report(
        .preprocessor, text.isEmpty ? "#\(directive.rawValue)" : "#\(directive.rawValue): \(text)",
        from: (line, from), to: (line, from + Int32(directive.rawValue.utf8.count)),
        level: directive == .error ? .error : .warning)
    case .pragma, .line: skipLine()
    }
  }

  // MARK: Lines

  mutating func skipBlanksOnLine() {
    while true {
      let byte = byte(at: file.position)
      if isClass(byte, .blank) {
        file.position += 1
      } else if byte == UInt8(ascii: "\\"), isSplice(file.position) {
        takeSplice()
      } else if byte == UInt8(ascii: "/"), self.byte(at: file.position + 1) == UInt8(ascii: "*") {
        skipComment()
      } else {
        return
      }
    }
  }

  /// Goes behind the end of a directive: the next newline that neither a backslash nor a comment hides.
  /// - Returns: where the line's content ends.
  @discardableResult
  mutating func skipLine() -> Int {
    while !isAtEnd {
      switch byte(at: file.position) {
      case 0x0A:
        let end = file.position
        takeNewline()
        return end
      case UInt8(ascii: "\\") where isSplice(file.position):
        takeSplice()
      case UInt8(ascii: "/") where byte(at: file.position + 1) == UInt8(ascii: "*"):
        skipComment()
      case UInt8(ascii: "/") where byte(at: file.position + 1) == UInt8(ascii: "/"):
        let end = file.position
        while !isAtEnd, byte(at: file.position) != 0x0A {
          if isSplice(file.position) { takeSplice() } else { file.position += 1 }
        }
        if !isAtEnd { takeNewline() }
        return end
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        skipQuotedOnLine()
      default:
        file.position += 1
      }
    }
    return file.position
  }

  private mutating func skipQuotedOnLine() {
    let start = file.position
    let quote = byte(at: start)
    var at = start + 1
    while at < buffers[Int(file.buffer)].count, byte(at: at) != 0x0A {
      if byte(at: at) == quote {
        file.position = at + 1
        return
      }
      at += byte(at: at) == UInt8(ascii: "\\") && byte(at: at + 1) != 0x0A ? 2 : 1
    }
    file.position = start + 1
  }

  func trimmed(_ range: Range<Int>) -> String {
    let text = buffers[Int(file.buffer)].string(range)
    let isBlank = { (character: Character) in character.isWhitespace }
    return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }

  private mutating func followMarker() {
    var line: Int32 = 0
    while isClass(byte(at: file.position), .digit) {
      let digit = Int32(byte(at: file.position) - UInt8(ascii: "0"))
      line = line > (.max - digit) / 10 ? .max : line * 10 + digit
      file.position += 1
    }
    skipBlanksOnLine()
    var name: String?
    if byte(at: file.position) == UInt8(ascii: "\"") {
      let start = file.position + 1
      skipQuotedOnLine()
      if file.position > start { name = buffers[Int(file.buffer)].string(start..<file.position - 1) }
    }
    skipLine()
    file.line = line
    guard let name else { return }
    let current = map.inclusions[Int(file.inclusion)]
    map.inclusions.append(PreprocessedText.Inclusion(name: name, site: current.site, parent: current.parent))
    file.inclusion = Int32(map.inclusions.count - 1)
  }

  // MARK: Including

  private mutating func include(at start: Int) {
    let line = file.line
    let from = column(of: start, lineStart: file.lineStart)
    skipBlanksOnLine()
    let nameStart = file.position
    var spelled = headerName()
    if spelled == nil, isClass(byte(at: nameStart), .labelStart) { spelled = expandedHeaderName() }
    let end = max(nameStart, file.line == line ? file.position : nameStart)
    let to = max(from, column(of: end, lineStart: file.lineStart) - 1)
    let lastLine = file.line
    let endColumn = lastLine == line ? to : from
    skipLine()
    guard let spelled else {
      report(
        .preprocessor, "expected the name of a file, as \"file\" or <file>, after '#include'", from: (line, from),
        to: (line, max(endColumn, from + 7)))
      return
    }
    let site = location((line, from), (line, endColumn))
    includeCount += 1
    guard files.count + 1 < Self.depthLimit else {
      report(
        .limit, "files are included at most \(Self.depthLimit) deep", from: (line, from), to: (line, endColumn),
        hint: loopHint())
      return
    }
    guard includeCount <= Self.includeLimit else {
      if includeCount == Self.includeLimit + 1 {
        report(
          .limit, "at most \(Self.includeLimit) files are included", from: (line, from), to: (line, endColumn))
      }
      return
    }
    let asker = file.text >= 0 ? texts[Int(file.text)].source.name : ""
    let request = FileRequest(name: spelled.name, from: asker, kind: .header(isSystem: spelled.isSystem))
    do throws(FileRefusal) {
      let text = try self.text(for: request)
      let guardName = texts[Int(text)].guardName
      if guardName >= 0, macros[Int(guardName)].isDefined { return }
      guard texts[Int(text)].source.bytes.count <= Int(Int32.max) - output.count else {
        report(.limit, "a source may hold at most 2 GiB", from: (line, from), to: (line, endColumn))
        return
      }
      let parent = Int(file.inclusion)
      files.append(file)
      begin(text, name: texts[Int(text)].source.name, site: site, parent: parent)
    } catch {
      report(.file, error.message, from: (line, from), to: (line, endColumn), hint: error.hint)
    }
  }

  /// `"file"` or `<file>` at the position.
  private mutating func headerName() -> (name: String, isSystem: Bool)? {
    let open = byte(at: file.position)
    guard open == UInt8(ascii: "\"") || open == UInt8(ascii: "<") else { return nil }
    let close = open == UInt8(ascii: "<") ? UInt8(ascii: ">") : open
    var at = file.position + 1
    while at < buffers[Int(file.buffer)].count, byte(at: at) != 0x0A, byte(at: at) != close { at += 1 }
    guard at < buffers[Int(file.buffer)].count, byte(at: at) == close else { return nil }
    let name = buffers[Int(file.buffer)].string(file.position + 1..<at)
    file.position = at + 1
    return (name, open == UInt8(ascii: "<"))
  }

  /// The name of a file that a macro holds.
  private mutating func expandedHeaderName() -> (name: String, isSystem: Bool)? {
    let start = file.position
    let line = file.line
    let lineStart = file.lineStart
    let end = skipLine()
    let tokens = expandAll(self.tokens(in: file.buffer, start..<end))
    file.position = end
    file.line = line
    file.lineStart = lineStart
    var text = ""
    for token in tokens { text += (token.hasSpace && !text.isEmpty ? " " : "") + string(token) }
    guard text.utf8.count >= 2 else { return nil }
    switch (text.utf8.first, text.utf8.last) {
    case (UInt8(ascii: "\""), UInt8(ascii: "\"")): return (String(text.dropFirst().dropLast()), false)
    case (UInt8(ascii: "<"), UInt8(ascii: ">")): return (String(text.dropFirst().dropLast()), true)
    default: return nil
    }
  }

  /// The text for a request. What has been asked for in the same way is not asked for again.
  private mutating func text(for request: FileRequest) throws(FileRefusal) -> Int32 {
    if let known = requests[request] { return known }
    let text = try readFile(request)
    let index = textByName[text.name] ?? add(text)
    requests[request] = index
    return index
  }

  private func loopHint() -> String {
    let name = file.text >= 0 ? texts[Int(file.text)].source.name : ""
    let others = files.reversed().prefix { $0.text != file.text }.map { texts[Int($0.text)].source.name }
    guard files.contains(where: { $0.text == file.text }) else { return "is there a loop of files?" }
    return others.isEmpty
      ? "'\(name)' includes itself" : "'\(name)' includes itself by way of '\(others.joined(separator: "', '"))'"
  }
}
