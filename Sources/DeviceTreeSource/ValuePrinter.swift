// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

extension PropertyValue {
  /// The value as it stands between `=` and `;` in a source; empty for a value without content.
  ///
  /// It is written in the form that its marks remember. Bytes without marks are written as strings when they look like it,
  /// else as cells when their number is a multiple of four, else as bytes.
  public func sourceText() -> String {
    var printer = ValuePrinter(value: self)
    printer.print()
    return printer.out.text
  }
}

/// Writes one value.
struct ValuePrinter {
  let value: PropertyValue
  let isLikeDtc: Bool
  var out = TextWriter()

  /// Bytes written in one form, and the marks inside of them.
  private struct Run {
    var start: Int
    var form: PropertyValue.Form?
    var marks: [PropertyValue.Mark] = []
  }

  private var hasElements = false

  init(value: PropertyValue, isLikeDtc: Bool = false) {
    self.value = value
    self.isLikeDtc = isLikeDtc
  }

  mutating func print() {
    guard !value.marks.isEmpty else {
      if !value.bytes.isEmpty { print(Run(start: 0), to: value.bytes.count) }
      return
    }
    var run = Run(start: 0)
    for mark in value.marks {
      switch mark.kind {
      case .form(let form):
        print(run, to: mark.offset)
        run = Run(start: mark.offset, form: form, marks: labels(left: run, at: mark.offset))
      case .path(let reference):
        print(run, to: mark.offset)
        beginElement()
        for label in labels(left: run, at: mark.offset) { print(label) }
        print(reference)
        run = Run(start: mark.offset)
      case .label, .phandle, .phandleOf:
        run.marks.append(mark)
      }
    }
    print(run, to: value.bytes.count)
    for mark in labels(left: run, at: value.bytes.count) {
      guard case .label(let label) = mark.kind else { continue }
      out.write(hasElements ? " " : "[] ")
      out.writeName(label)
      out.write(":")
      hasElements = true
    }
  }

  /// The labels behind the last byte of a run, which were not written with it.
  private func labels(left run: Run, at end: Int) -> [PropertyValue.Mark] {
    run.marks.filter { $0.offset >= end }
  }

  private mutating func beginElement() {
    if hasElements { out.write(", ") }
    hasElements = true
  }

  private mutating func print(_ mark: PropertyValue.Mark) {
    if case .label(let label) = mark.kind {
      out.writeName(label)
      out.write(": ")
    }
  }

  private mutating func print(_ reference: Reference) {
    switch reference {
    case .label(let label):
      out.write("&")
      out.writeName(label)
    case .path(let path):
      out.write("&{")
      out.writeName(path)
      out.write("}")
    }
  }

  /// The node whose phandle the mark stands for, be it resolved or not.
  private static func phandle(_ mark: PropertyValue.Mark) -> Reference? {
    switch mark.kind {
    case .phandle(let reference), .phandleOf(let reference): reference
    case .label, .form, .path: nil
    }
  }

  // MARK: Runs

  private mutating func print(_ run: Run, to end: Int) {
    let end = min(end, value.bytes.count)
    guard run.start < end else { return }
    let marks = run.marks.filter { $0.offset < end }
    let bytes = value.bytes[run.start..<end]
    beginElement()
    for mark in marks where mark.offset == run.start { print(mark) }
    let inner = marks.filter { $0.offset > run.start || Self.phandle($0) != nil }
    switch form(of: run, bytes, inner) {
    case .string: printStrings(bytes)
    case .bytes: printBytes(bytes, inner)
    case .cells8: printCells(bytes, width: 1, inner)
    case .cells16: printCells(bytes, width: 2, inner)
    case .cells32: printCells(bytes, width: 4, inner)
    case .cells64: printCells(bytes, width: 8, inner)
    }
  }

  /// The form that was asked for where the bytes fit it, else the one that they look like.
  private func form(
    of run: Run, _ bytes: ArraySlice<UInt8>, _ marks: [PropertyValue.Mark]
  ) -> PropertyValue.Form {
    func fits(_ width: Int) -> Bool {
      bytes.count % width == 0 && marks.allSatisfy { ($0.offset - run.start) % width == 0 }
    }
    switch run.form {
    case .string where bytes.last == 0 && marks.isEmpty: return .string
    case .cells8: return isLikeDtc ? .bytes : .cells8
    case .cells16 where fits(2): return .cells16
    case .cells64 where fits(8): return .cells64
    case .cells32 where fits(4): return .cells32
    case nil:
      if marks.isEmpty { return Self.guess(bytes, isLikeDtc: isLikeDtc) }
      return fits(4) ? .cells32 : .bytes
    default: return .bytes
    }
  }

  /// What bytes look like that nobody says anything about.
  static func guess(_ bytes: ArraySlice<UInt8>, isLikeDtc: Bool) -> PropertyValue.Form {
    if looksLikeStrings(bytes, isLikeDtc) { return .string }
    return bytes.count % 4 == 0 ? .cells32 : .bytes
  }

  private static func looksLikeStrings(_ bytes: ArraySlice<UInt8>, _ isLikeDtc: Bool) -> Bool {
    guard bytes.last == 0 else { return false }
    var zeros = 0
    for byte in bytes {
      switch byte {
      case 0: zeros += 1
      case 0x20...0x7E, 0x09, 0x0A, 0x0D: break
      case 0x07...0x0D where isLikeDtc: break
      default: return false
      }
    }
    // Small numbers have more zeros than letters.
    return isLikeDtc ? zeros * 2 <= bytes.count : zeros * 2 < bytes.count
  }

  private mutating func printStrings(_ bytes: ArraySlice<UInt8>) {
    var isFirst = true
    for string in bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false) {
      if !isFirst { out.write(", ") }
      isFirst = false
      out.writeQuoted(string)
    }
  }

  private mutating func printBytes(_ bytes: ArraySlice<UInt8>, _ marks: [PropertyValue.Mark]) {
    out.write("[")
    var upcoming = marks.makeIterator()
    var mark = upcoming.next()
    for at in bytes.indices {
      if at > bytes.startIndex { out.write(" ") }
      while let label = mark, label.offset <= at {
        print(label)
        mark = upcoming.next()
      }
      out.writeHex(UInt64(bytes[at]), digits: 2)
    }
    out.write("]")
  }

  private mutating func printInCells(_ mark: PropertyValue.Mark) {
    guard isLikeDtc, case .label(let label) = mark.kind else { return print(mark) }
    out.write(" ")
    out.writeName(label)
    out.write(":")
  }

  private mutating func printCells(_ bytes: ArraySlice<UInt8>, width: Int, _ marks: [PropertyValue.Mark]) {
    if width != 4 { out.write("/bits/ \(width * 8) ") }
    out.write("<")
    var upcoming = marks.makeIterator()
    var mark = upcoming.next()
    for at in stride(from: bytes.startIndex, to: bytes.endIndex, by: width) {
      if at > bytes.startIndex { out.write(" ") }
      var reference: Reference?
      while let next = mark, next.offset <= at {
        printInCells(next)
        if width == 4, let named = Self.phandle(next) { reference = named }
        mark = upcoming.next()
      }
      if let reference {
        print(reference)
      } else {
        out.write("0x")
        out.writeHex(bytes[at..<at + width].reduce(0) { $0 << 8 | UInt64($1) }, digits: 2)
      }
    }
    out.write(">")
  }
}
