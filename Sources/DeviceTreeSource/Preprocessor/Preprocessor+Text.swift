// SPDX-License-Identifier: Apache-2.0

// The text between directives.
extension Preprocessor {
  /// Reads the file up to its end, or up to an `#include`: then that file is the one being read.
  mutating func readText() {
    var isLineStart = true
    while !isAtEnd {
      let byte = byte(at: file.position)
      if isClass(byte, .labelStart) {
        isLineStart = false
        chunk.hasContent = true
        readIdentifier()
      } else if byte == 0x0A {
        takeNewline()
        isLineStart = true
      } else if isClass(byte, .blank) {
        file.position += 1
      } else if byte == UInt8(ascii: "/"), next == UInt8(ascii: "/") {
        skipLineComment()
      } else if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
        skipComment(isCopied: true)
      } else if byte == UInt8(ascii: "#"), isLineStart {
        let start = file.position
        if let directive = directive() {
          flush(to: start)
          read(directive, at: start)
          startChunk()
        } else {
          isLineStart = false
          chunk.hasContent = true
          file.position += 1
        }
      } else if byte == UInt8(ascii: "\\"), isSplice(file.position) {
        flush(to: file.position)
        takeSplice()
        startChunk()
      } else {
        isLineStart = false
        chunk.hasContent = true
        if isClass(byte, .digit) {
          skipNumber()
        } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
          skipQuoted(byte)
        } else {
          file.position += 1
        }
      }
    }
  }

  private var next: UInt8 { byte(at: file.position + 1) }

  /// Whether a backslash at the position hides the end of its line.
  func isSplice(_ position: Int) -> Bool {
    byte(at: position) == UInt8(ascii: "\\")
      && (byte(at: position + 1) == 0x0A || (byte(at: position + 1) == 0x0D && byte(at: position + 2) == 0x0A))
  }

  mutating func takeSplice() {
    file.position += byte(at: file.position + 1) == 0x0D ? 2 : 1
    takeNewline()
  }

  /// A number with all that C would take for a part of it: letters in it are no names.
  mutating func skipNumber() {
    while isClass(byte(at: file.position), .label) || byte(at: file.position) == UInt8(ascii: ".") {
      file.position += 1
    }
  }

  /// A string or character of one line. One that ends on another line is left to the lexer, the rest of its first line
  /// with it; an apostrophe alone is only that.
  private mutating func skipQuoted(_ quote: UInt8) {
    let start = file.position
    file.position += 1
    while !isAtEnd, byte(at: file.position) != 0x0A {
      let byte = byte(at: file.position)
      if byte == quote {
        file.position += 1
        return
      }
      file.position += byte == UInt8(ascii: "\\") && self.byte(at: file.position + 1) != 0x0A ? 2 : 1
    }
    file.position = min(file.position, buffers[Int(file.buffer)].count)
    if quote == UInt8(ascii: "'") { file.position = start + 1 }
  }

  /// A comment to the end of the line. When a backslash carries it on, it is not copied: for the lexer it would end.
  mutating func skipLineComment() {
    let start = file.position
    var isLong = false
    while !isAtEnd, byte(at: file.position) != 0x0A {
      guard isSplice(file.position) else {
        file.position += 1
        continue
      }
      if !isLong { flush(to: start) }
      isLong = true
      takeSplice()
    }
    if isLong { startChunk() }
  }

  /// Goes behind a comment.
  /// - Parameter isCopied: whether it goes into the text as it stands. The lexer then says that it is not closed.
  mutating func skipComment(isCopied: Bool = false) {
    let line = file.line
    let start = column(of: file.position, lineStart: file.lineStart)
    file.position += 2
    while !isAtEnd {
      switch byte(at: file.position) {
      case 0x0A:
        takeNewline()
      case UInt8(ascii: "*") where byte(at: file.position + 1) == UInt8(ascii: "/"):
        file.position += 2
        return
      default:
        file.position += 1
      }
    }
    if isCopied {
      chunk.hasContent = true
    } else {
      report(.syntax, "this comment is not closed by '*/'", from: (line, start), to: (line, start + 1))
    }
  }

  private mutating func readIdentifier() {
    let start = file.position
    var at = start + 1
    while isClass(byte(at: at), .label) { at += 1 }
    file.position = at
    guard initials[Int(byte(at: start))], !hasGivenUp, let macro = macro(buffers[Int(file.buffer)], start..<at) else {
      return
    }
    replace(macro, start..<at)
  }

  // MARK: Copying

  mutating func startChunk() {
    chunk = Chunk(start: file.position, line: file.line, lineStart: file.lineStart)
  }

  /// Copies the text up to a position when there is something in it.
  mutating func flush(to end: Int) {
    guard chunk.hasContent, chunk.start < end else { return }
    noteContent()
    addPart(
      line: chunk.line, column: column(of: chunk.start, lineStart: chunk.lineStart), expansion: -1)
    unsafe output.append(contentsOf: buffers[Int(file.buffer)].pointers(chunk.start..<end))
    // What comes next may stand in another file.
    if end == buffers[Int(file.buffer)].count, output.last != 0x0A { output.append(0x0A) }
    chunk.hasContent = false
  }

  /// Something stands here that reading the file again would give again.
  mutating func noteContent() {
    if file.guardState != .inside { file.guardState = .broken }
  }

  mutating func addPart(line: Int32, column: Int32, expansion: Int32) {
    map.parts.append(
      PreprocessedText.Part(
        start: Int32(clamping: output.count), line: line, column: column, expansion: expansion,
        inclusion: file.inclusion))
  }
}
