// SPDX-License-Identifier: Apache-2.0
import Diagnostics

/// The part of the C preprocessor that device tree sources use.
///
/// It makes one text out of a source and all that it includes, in one pass, and says of each part where it comes from. The text
/// is copied line by line but for macros and directives; comments stay in it.
@safe struct Preprocessor: ~Copyable {
  /// A file that is being read.
  struct File {
    var buffer: Int32
    var position = 0
    var line: Int32 = 1
    var lineStart = 0
    var inclusion: Int32
    /// Index of the text, for what is known about it.
    var text: Int32
    var isWide: Bool
    /// How many conditions were open where the file began.
    var conditions: Int
    var guardState = GuardState.ahead
    var guardName: Int32 = -1
  }

  /// How much of a header has been seen that is wrapped in `#ifndef NAME … #endif`.
  enum GuardState {
    case ahead, inside, behind, broken
  }

  struct Text {
    var source: SourceText
    var buffer: Int32
    var isWide: Bool
    /// The macro that makes reading the file again useless.
    var guardName: Int32 = -1
  }

  struct Condition {
    var line: Int32
    var column: Int32
    var endColumn: Int32
    /// Whether a branch has been taken.
    var wasTaken: Bool
    var hasElse = false
    var isGuard = false
  }

  struct Context {
    var tokens: [MacroToken]
    var next = 0
    var macro: Int32
  }

  /// How deep `#include` goes.
  static let depthLimit = 64
  static let includeLimit = 10_000
  /// How many tokens macros may stand for in all.
  static let tokenLimit = 1_000_000
  static let nestingLimit = 200
  /// How many bytes macros may fill the text up to.
  static let outputLimit = 1 << 30

  let readFile: FileReader
  let classes: UnsafeMutablePointer<CharacterClass>
  var buffers: [SourceBuffer] = []

  var names = SymbolTable(keepsNames: false)
  var macros: [Macro] = []
  /// By first byte: whether any macro's name begins with it.
  var initials = [Bool](repeating: false, count: 256)
  var counter: UInt64 = 0

  var texts: [Text] = []
  /// Texts by name, and what was asked for by whom.
  var textByName: [String: Int32] = [:]
  var requests: [FileRequest: Int32] = [:]
  var files: [File] = []
  var file: File
  var conditions: [Condition] = []
  var includeCount = 0

  var output: [UInt8] = []
  var map = PreprocessedText()
  /// The text not yet copied: where it begins, and whether it holds more than blanks and comments.
  var chunk = Chunk()

  struct Chunk {
    var start = 0
    var line: Int32 = 1
    var lineStart = 0
    var hasContent = false
  }

  var contexts: [Context] = []
  var contextBase = 0
  var readsText = false
  var tokensLeft = Preprocessor.tokenLimit
  var nesting = 0
  var hasGivenUp = false

  var diagnostics: [Diagnostic] = []
  /// A column counted earlier, from which the next one on that line is counted on.
  private var counted: (buffer: Int32, lineStart: Int, position: Int, column: Int32) = (-1, 0, 0, 0)

  init(readFile: @escaping FileReader) {
    self.readFile = readFile
    unsafe classes = .allocate(capacity: 256)
    for byte in UInt8.min...UInt8.max {
      unsafe (classes + Int(byte)).initialize(to: CharacterClass(of: byte))
    }
    file = File(buffer: -1, inclusion: -1, text: -1, isWide: false, conditions: 0)
  }

  deinit {
    for buffer in buffers { buffer.deallocate() }
    unsafe classes.deallocate()
  }

  // MARK: Running

  /// Makes the text of a source from a position on. Macros stay for what is read after it.
  ///
  /// - Parameters:
  ///   - name: what messages call the file; line markers may have changed it.
  ///   - line: the number of the line on which the position is.
  ///   - lineStart: where that line starts.
  mutating func run(_ source: SourceText, name: String, from position: Int, line: Int32, lineStart: Int) {
    output = []
    map.parts = []
    map.expansions = []
    output.reserveCapacity(source.bytes.count * 2)
    let text = add(source)
    begin(text, name: name, site: nil, parent: -1)
    file.position = position
    file.line = line
    file.lineStart = lineStart
    startChunk()
    while true {
      readText()
      endFile()
      guard let outer = files.popLast() else { break }
      file = outer
      startChunk()
    }
  }

  /// Reads definitions as the command line gives them: `NAME` or `NAME=VALUE`.
  mutating func define(_ definitions: [String]) {
    var lines = "__DTS__ 1\n__ASSEMBLER__ 1\n"
    for definition in definitions {
      let parts = definition.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      lines += "\(parts[0]) \(parts.count > 1 ? parts[1] : "1")\n"
    }
    let buffer = Int32(buffers.count)
    buffers.append(SourceBuffer(copying: Array(lines.utf8)))
    file = File(buffer: buffer, inclusion: -1, text: -1, isWide: false, conditions: 0)
    while !isAtEnd { define() }
    for (name, kind) in [("__FILE__", Macro.BuiltIn.file), ("__LINE__", .line), ("__COUNTER__", .counter)] {
      defineBuiltIn(name, kind)
    }
  }

  mutating func add(_ source: SourceText) -> Int32 {
    let index = Int32(texts.count)
    let buffer = SourceBuffer(copying: source.bytes)
    buffers.append(buffer)
    texts.append(Text(source: source, buffer: Int32(buffers.count - 1), isWide: buffer.isWide))
    textByName[source.name] = index
    return index
  }

  mutating func begin(_ text: Int32, name: String, site: SourceLocation?, parent: Int) {
    map.inclusions.append(PreprocessedText.Inclusion(name: name, site: site, parent: parent))
    let known = texts[Int(text)]
    file = File(
      buffer: known.buffer, inclusion: Int32(map.inclusions.count - 1), text: text, isWide: known.isWide,
      conditions: conditions.count)
  }

  private mutating func endFile() {
    flush(to: file.position)
    while conditions.count > file.conditions {
      let open = conditions.removeLast()
      report(
        .preprocessor, "this condition has no '#endif'",
        from: (open.line, open.column), to: (open.line, open.endColumn))
    }
    if file.guardState == .behind, file.text >= 0 { texts[Int(file.text)].guardName = file.guardName }
  }

  // MARK: Bytes

  @inline(__always)
  func byte(at position: Int) -> UInt8 { buffers[Int(file.buffer)][position] }

  @inline(__always)
  func isClass(_ byte: UInt8, _ wanted: CharacterClass) -> Bool {
    unsafe classes[Int(byte)].rawValue & wanted.rawValue != 0
  }

  var isAtEnd: Bool { file.position >= buffers[Int(file.buffer)].count }

  mutating func takeNewline() {
    file.position += 1
    file.line &+= 1
    file.lineStart = file.position
  }

  /// The column of a position on the line of the file, counted in characters from 0.
  mutating func column(of position: Int, lineStart: Int) -> Int32 {
    guard file.isWide else { return Int32(clamping: position - lineStart) }
    if counted.buffer != file.buffer || counted.lineStart != lineStart || counted.position > position {
      counted = (file.buffer, lineStart, lineStart, 0)
    }
    for at in counted.position..<max(position, counted.position) where byte(at: at) & 0xC0 != 0x80 {
      counted.column += 1
    }
    counted.position = max(position, counted.position)
    return counted.column
  }

  func string(_ token: MacroToken) -> String { buffers[Int(token.buffer)].string(token.range) }

  func byte(of token: MacroToken, _ offset: Int = 0) -> UInt8 {
    buffers[Int(token.buffer)][Int(token.start) + offset]
  }
}
