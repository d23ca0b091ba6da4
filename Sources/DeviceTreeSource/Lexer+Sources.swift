// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import Diagnostics

// Where the text comes from: files, parts of files, what the preprocessor made of one.
extension Lexer {
  /// Starts to read a source; what is being read goes on after its end.
  mutating func open(_ text: SourceText, includedAt: (start: Spot, end: Spot)? = nil) {
    if includedAt != nil {
      source.cursor = cursor
      outer.append(source)
    }
    let buffer = SourceBuffer(copying: text.bytes)
    buffers.append(buffer)
    cursor = Cursor(buffer: buffer, file: file(named: text.name), isWide: buffer.isWide)
    source = Open(cursor: cursor, name: text.name, index: texts.count, includedAt: includedAt)
    texts.append(MarkedText(text: text))
    hasPrevious = false
    counted.lineStart = -1
  }

  /// Whether the source begins like a flattened device tree.
  var isBlob: Bool {
    zip(0..., [0xD0, 0x0D, 0xFE, 0xED] as [UInt8]).allSatisfy { byte(at: $0) == $1 }
  }

  /// The text of the source that is being read.
  var sourceText: SourceText { SourceText(name: source.name, bytes: texts[source.index].text.bytes) }
  /// The file that positions name here.
  var fileName: String { fileNames[cursor.file].text }

  /// How many sources stand around the one that is being read.
  var depth: Int { outer.count }

  /// The places of the `/include/`s that lead here, innermost first.
  var includeSites: [SourceLocation] {
    var sites: [SourceLocation] = []
    for open in [source] + outer.reversed() {
      var inclusion = open.inclusion
      while inclusion >= 0 {
        let file = open.map[inclusion: inclusion]
        if let site = file.site { sites.append(site) }
        inclusion = file.parent
      }
      if let site = open.includedAt { sites.append(location(site.start, site.end)) }
    }
    return sites
  }

  /// The use of a macro that the token comes from.
  var expansion: PreprocessedText.Expansion? {
    startLine.expansion >= 0 ? source.map.expansions[Int(startLine.expansion)] : nil
  }

  /// Goes on with what the preprocessor has made of the rest of the source.
  mutating func replaceRest(by text: consuming PreprocessedText, _ bytes: [UInt8], _ files: [SourceText]) {
    if textNames.isEmpty { textNames = Set(texts.map(\.text.name)) }
    for file in files where textNames.insert(file.name).inserted { texts.append(MarkedText(text: file)) }
    for index in text.inclusions.indices { text.inclusions[index].file = file(named: text.inclusions[index].name) }
    let buffer = SourceBuffer(copying: bytes)
    buffers.append(buffer)
    cursor.buffer = buffer
    cursor.position = 0
    cursor.nextPartStart = text.parts.first.map { Int($0.start) } ?? .max
    cursor.line.upcomingPart = 0
    source.map = text
    hasPrevious = false
    counted.lineStart = -1
  }

  /// Follows the text to where it comes from, at the start of a part of it.
  mutating func enterPart() {
    while Int(cursor.line.upcomingPart) < source.map.parts.count {
      let part = source.map.parts[Int(cursor.line.upcomingPart)]
      guard Int(part.start) <= cursor.position else { break }
      cursor.line.upcomingPart += 1
      cursor.line.number = part.line
      cursor.line.start = Int(part.start)
      cursor.line.columnBase = part.column
      cursor.line.expansion = part.expansion
      source.inclusion = Int(part.inclusion)
      cursor.file = source.map[inclusion: Int(part.inclusion)].file
    }
    findNextPart()
  }

  mutating func findNextPart() {
    let next = Int(cursor.line.upcomingPart)
    cursor.nextPartStart = next < source.map.parts.count ? Int(source.map.parts[next].start) : .max
  }

  /// The number under which positions name a file.
  mutating func file(named name: String) -> Int32 {
    number(of: fileSymbols.symbol(for: name))
  }

  /// The number of a file whose name is given as bytes.
  mutating func file(named name: UnsafeBufferPointer<UInt8>) -> Int32 {
    // Names are compared as text: bytes that are none have to become text first.
    if unsafe name.allSatisfy({ $0 < 0x80 }) { return number(of: unsafe fileSymbols.symbol(for: name)) }
    return file(named: unsafe String(decoding: name, as: UTF8.self))
  }

  private mutating func number(of name: Symbol) -> Int32 {
    if Int(name.index) == fileNames.count { fileNames.append(FileName(fileSymbols[name])) }
    return name.index
  }

  /// Follows a line marker in front of the position.
  mutating func follow(line: Int32, file: Int32?) {
    if let file { cursor.file = file }
    cursor.line.number = line
    texts[source.index].markers.append(
      MarkedText.Marker(position: cursor.position, line: line, file: fileNames[cursor.file]))
  }
}
