// SPDX-License-Identifier: Apache-2.0
import CompactStorage
public import DeviceTree

extension PropertyValue {
  /// The value as it stands between `=` and `;` in a source; empty for a value without content.
  ///
  /// It is written in the form that its marks remember. Bytes without marks are written as strings when they look like it,
  /// else as cells when their number is a multiple of four, else as bytes.
  public func sourceText() -> String {
    var tree = DeviceTree()
    tree.set("value", self, on: tree.root)
    var printer = TreePrinter(SourceStyle())
    printer.printValue(0, CompactTree(tree))
    return printer.out.text
  }

  /// What bytes look like that nobody says anything about.
  static func guess(_ bytes: UnsafeBufferPointer<UInt8>, isLikeDtc: Bool) -> Form {
    if unsafe looksLikeStrings(bytes, isLikeDtc) { return .string }
    return bytes.count % 4 == 0 ? .cells32 : .bytes
  }

  private static func looksLikeStrings(_ bytes: UnsafeBufferPointer<UInt8>, _ isLikeDtc: Bool) -> Bool {
    guard unsafe bytes.last == 0 else { return false }
    var zeros = 0
    for at in 0..<bytes.count {
      switch unsafe bytes[at] {
      case 0: zeros += 1
      case 0x20...0x7E, 0x09, 0x0A, 0x0D: break
      case 0x07...0x0D where isLikeDtc: break
      default: return false
      }
    }
    // Small numbers have more zeros than letters.
    return isLikeDtc ? zeros * 2 <= bytes.count : zeros * 2 < bytes.count
  }
}

// Writes one value.
extension TreePrinter {
  /// Bytes written in one form, and the marks inside of them.
  private struct Run {
    var start: Int
    var form: PropertyValue.Form?
    var marks: [CompactTree.Mark] = []
  }

  mutating func printValue(_ property: Int32, _ tree: borrowing CompactTree) {
    hasElements = false
    let record = tree.properties[property]
    let bytes = unsafe tree.value(property)
    guard record.markCount > 0 else {
      guard !bytes.isEmpty else { return }
      hasElements = true
      return unsafe print(bytes, as: form(record.form, bytes, 0, []), 0, [], tree)
    }
    var run = Run(start: 0)
    for at in record.firstMark..<record.firstMark + record.markCount {
      let mark = tree.marks[at]
      switch mark.kind {
      case .form:
        unsafe print(run, bytes, to: mark.offset, tree)
        run = Run(start: mark.offset, form: mark.form, marks: Self.labels(left: run, at: mark.offset))
      case .pathToLabel, .pathToPath:
        unsafe print(run, bytes, to: mark.offset, tree)
        beginElement()
        for label in Self.labels(left: run, at: mark.offset) { print(label, tree) }
        printReference(mark, tree)
        run = Run(start: mark.offset)
      case .label, .phandleToLabel, .phandleToPath, .phandleOfLabel, .phandleOfPath:
        run.marks.append(mark)
      }
    }
    unsafe print(run, bytes, to: bytes.count, tree)
    for mark in Self.labels(left: run, at: bytes.count) where mark.kind == .label {
      out.write(hasElements ? " " : "[] ")
      out.writeName(mark.name, of: tree.names)
      out.write(":")
      hasElements = true
    }
  }

  /// The labels behind the last byte of a run, which were not written with it.
  private static func labels(left run: Run, at end: Int) -> [CompactTree.Mark] {
    run.marks.filter { $0.offset >= end }
  }

  private mutating func beginElement() {
    if hasElements { out.write(", ") }
    hasElements = true
  }

  private mutating func print(_ mark: CompactTree.Mark, _ tree: borrowing CompactTree) {
    guard mark.kind == .label else { return }
    out.writeName(mark.name, of: tree.names)
    out.write(": ")
  }

  private mutating func printReference(_ mark: CompactTree.Mark, _ tree: borrowing CompactTree) {
    switch mark.kind {
    case .phandleToPath, .phandleOfPath, .pathToPath:
      out.write("&{")
      out.writeName(mark.name, of: tree.names)
      out.write("}")
    default:
      out.write("&")
      out.writeName(mark.name, of: tree.names)
    }
  }

  // MARK: Runs

  private mutating func print(
    _ run: Run, _ value: UnsafeBufferPointer<UInt8>, to end: Int, _ tree: borrowing CompactTree
  ) {
    let end = min(end, value.count)
    guard run.start < end else { return }
    let bytes = unsafe UnsafeBufferPointer(rebasing: value[run.start..<end])
    beginElement()
    guard !run.marks.isEmpty else {
      return unsafe print(bytes, as: form(run.form, bytes, run.start, []), run.start, [], tree)
    }
    let marks = run.marks.filter { $0.offset < end }
    for mark in marks where mark.offset == run.start { print(mark, tree) }
    let inner = marks.filter { $0.offset > run.start || $0.kind.isPhandle }
    unsafe print(bytes, as: form(run.form, bytes, run.start, inner), run.start, inner, tree)
  }

  private mutating func print(
    _ bytes: UnsafeBufferPointer<UInt8>, as form: PropertyValue.Form, _ start: Int, _ marks: [CompactTree.Mark],
    _ tree: borrowing CompactTree
  ) {
    switch form {
    case .string: unsafe printStrings(bytes)
    case .bytes: unsafe printBytes(bytes, start, marks, tree)
    case .cells8: unsafe printCells(bytes, width: 1, start, marks, tree)
    case .cells16: unsafe printCells(bytes, width: 2, start, marks, tree)
    case .cells32: unsafe printCells(bytes, width: 4, start, marks, tree)
    case .cells64: unsafe printCells(bytes, width: 8, start, marks, tree)
    }
  }

  /// The form that was asked for where the bytes fit it, else the one that they look like.
  private func form(
    _ form: PropertyValue.Form?, _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ marks: [CompactTree.Mark]
  ) -> PropertyValue.Form {
    func fits(_ width: Int) -> Bool {
      bytes.count % width == 0 && marks.allSatisfy { ($0.offset - start) % width == 0 }
    }
    switch form {
    case .string where unsafe bytes.last == 0 && marks.isEmpty: return .string
    case .cells8: return style.isLikeDtc ? .bytes : .cells8
    case .cells16 where fits(2): return .cells16
    case .cells64 where fits(8): return .cells64
    case .cells32 where fits(4): return .cells32
    case nil:
      if marks.isEmpty { return unsafe PropertyValue.guess(bytes, isLikeDtc: style.isLikeDtc) }
      return fits(4) ? .cells32 : .bytes
    default: return .bytes
    }
  }

  private mutating func printStrings(_ bytes: UnsafeBufferPointer<UInt8>) {
    var start = 0
    while start < bytes.count {
      var end = start
      while end < bytes.count - 1, unsafe bytes[end] != 0 { end += 1 }
      if start > 0 { out.write(", ") }
      unsafe out.writeQuoted(UnsafeBufferPointer(rebasing: bytes[start..<end]))
      start = end + 1
    }
  }

  private mutating func printBytes(
    _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ marks: [CompactTree.Mark], _ tree: borrowing CompactTree
  ) {
    out.write("[")
    var upcoming = 0
    for at in 0..<bytes.count {
      if at > 0 { out.write(UInt8(ascii: " ")) }
      while upcoming < marks.count, marks[upcoming].offset <= start + at {
        print(marks[upcoming], tree)
        upcoming += 1
      }
      out.writeHex(UInt64(unsafe bytes[at]), digits: 2)
    }
    out.write("]")
  }

  private mutating func printInCells(_ mark: CompactTree.Mark, _ tree: borrowing CompactTree) {
    guard style.isLikeDtc, mark.kind == .label else { return print(mark, tree) }
    out.write(" ")
    out.writeName(mark.name, of: tree.names)
    out.write(":")
  }

  private mutating func printCells(
    _ bytes: UnsafeBufferPointer<UInt8>, width: Int, _ start: Int, _ marks: [CompactTree.Mark],
    _ tree: borrowing CompactTree
  ) {
    if width != 4 { out.write(string: "/bits/ \(width * 8) ") }
    out.write("<")
    if width == 4, marks.isEmpty {
      unsafe out.writeCells(UnsafeRawBufferPointer(bytes))
      return out.write(">")
    }
    var upcoming = 0
    for at in stride(from: 0, to: bytes.count, by: width) {
      if at > 0 { out.write(UInt8(ascii: " ")) }
      var reference: CompactTree.Mark?
      while upcoming < marks.count, marks[upcoming].offset <= start + at {
        printInCells(marks[upcoming], tree)
        if width == 4, marks[upcoming].kind.isPhandle { reference = marks[upcoming] }
        upcoming += 1
      }
      if let reference {
        printReference(reference, tree)
        continue
      }
      out.write("0x")
      var cell: UInt64 = 0
      for byte in at..<at + width { cell = cell << 8 | UInt64(unsafe bytes[byte]) }
      out.writeHex(cell, digits: 2)
    }
    out.write(">")
  }
}

extension CompactTree.Mark.Kind {
  /// Whether the mark stands for the phandle of a node, be it resolved or not.
  fileprivate var isPhandle: Bool {
    switch self {
    case .phandleToLabel, .phandleToPath, .phandleOfLabel, .phandleOfPath: true
    case .label, .form, .pathToLabel, .pathToPath: false
    }
  }
}
