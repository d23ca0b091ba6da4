// SPDX-License-Identifier: Apache-2.0

// The structure: fields one after the other, each at a multiple of its own size, as C lays them out.
extension BootInformation {
  /// How a kind of processor lays it out.
  public struct Format: Hashable, Sendable {
    public enum ByteOrder: Hashable, Sendable { case little, big }
    /// The size of C's `unsigned long`.
    public enum Word: Int, Hashable, Sendable { case four = 4, eight = 8 }

    public var order: ByteOrder
    public var word: Word

    public init(_ order: ByteOrder, _ word: Word) {
      self.order = order
      self.word = word
    }

    public static let x86Narrow = Format(.little, .four)
    public static let x86Wide = Format(.little, .eight)
    public static let ia64 = Format(.little, .eight)
    public static let powerPC64 = Format(.big, .eight)
  }

  /// Why there is no structure of it, or it is none of it.
  public enum Failure: Error, Hashable, Sendable {
    /// A text and its zero have no room.
    case textTooLong(Int, limit: Int)
    /// A number is larger than a word.
    case numberTooLarge(UInt64)
    /// The bytes end before the structure does.
    case tooShort(Int)
    /// A text has no end.
    case textWithoutEnd
  }

  /// The structure's bytes.
  public func structBytes(_ format: Format) throws(Failure) -> [UInt8] { try structure(format).bytes }

  /// Reads the structure from the start of its page.
  public init(structBytes bytes: [UInt8], _ format: Format) throws(Failure) {
    self.init()
    var reader = StructureReader(bytes: bytes, format: format)
    try walk(&reader)
  }

  /// The bytes, and where in them values belong that come late.
  func structure(_ format: Format) throws(Failure) -> (bytes: [UInt8], late: [(name: LateName, offset: Int)]) {
    var writer = StructureWriter(format: format)
    var copy = self
    try copy.walk(&writer)
    return (writer.bytes, writer.late)
  }

  /// The one list of the fields, for whoever writes or reads them.
  private mutating func walk<Fields: StructureFields>(_ fields: inout Fields) throws(Failure) {
    try fields.text(&magic, room: 32)
    try fields.word(&pageCount)
    try fields.word(&sharedInfo)
    try fields.cell(&flags, nil)
    try fields.word(&storePage)
    try fields.cell(&storePort, .storePort)
    try fields.word(&consolePage)
    try fields.cell(&consolePort, .consolePort)
    try fields.word(&pageTables)
    try fields.word(&pageTableFrames)
    try fields.word(&pageList)
    try fields.word(&moduleStart)
    try fields.word(&moduleSize)
    try fields.text(&commandLine, room: Self.commandLineLimit + 1)
    // These two came in 2009; before, zeros of the page are there.
    try fields.word(&pageListStart)
    try fields.word(&pageListFrames)
  }
}

private protocol StructureFields {
  /// Characters, and zeros up to the end of their room.
  mutating func text(_ text: inout [UInt8], room: Int) throws(BootInformation.Failure)
  mutating func word(_ word: inout UInt64) throws(BootInformation.Failure)
  /// 32 bits, and the late value that they are.
  mutating func cell(_ cell: inout UInt32, _ name: LateName?) throws(BootInformation.Failure)
}

private struct StructureWriter: StructureFields {
  let format: BootInformation.Format
  var bytes: [UInt8] = []
  var late: [(name: LateName, offset: Int)] = []

  init(format: BootInformation.Format) { self.format = format }

  mutating func text(_ text: inout [UInt8], room: Int) throws(BootInformation.Failure) {
    guard text.count < room, !text.contains(0) else { throw .textTooLong(text.count, limit: room - 1) }
    bytes += text
    bytes.append(contentsOf: repeatElement(0, count: room - text.count))
  }

  mutating func word(_ word: inout UInt64) throws(BootInformation.Failure) {
    guard format.word == .eight || word <= UInt32.max else { throw .numberTooLarge(word) }
    append(word, size: format.word.rawValue)
  }

  mutating func cell(_ cell: inout UInt32, _ name: LateName?) throws(BootInformation.Failure) {
    if let name { late.append((name, bytes.count)) }
    append(UInt64(cell), size: 4)
  }

  private mutating func append(_ number: UInt64, size: Int) {
    while bytes.count % size != 0 { bytes.append(0) }
    for index in 0..<size {
      let shift = UInt64(8 * (format.order == .big ? size - 1 - index : index))
      bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }
}

private struct StructureReader: StructureFields {
  let bytes: [UInt8]
  let format: BootInformation.Format
  private var position = 0

  init(bytes: [UInt8], format: BootInformation.Format) {
    self.bytes = bytes
    self.format = format
  }

  mutating func text(_ text: inout [UInt8], room: Int) throws(BootInformation.Failure) {
    let field = try take(room)
    guard let end = field.firstIndex(of: 0) else { throw .textWithoutEnd }
    text = Array(field[..<end])
  }

  mutating func word(_ word: inout UInt64) throws(BootInformation.Failure) {
    word = try number(size: format.word.rawValue)
  }

  mutating func cell(_ cell: inout UInt32, _ name: LateName?) throws(BootInformation.Failure) {
    cell = UInt32(truncatingIfNeeded: try number(size: 4))
  }

  private mutating func number(size: Int) throws(BootInformation.Failure) -> UInt64 {
    position += (size - position % size) % size
    var number: UInt64 = 0
    let field = try take(size)
    for byte in format.order == .big ? Array(field) : field.reversed() { number = number << 8 | UInt64(byte) }
    return number
  }

  private mutating func take(_ size: Int) throws(BootInformation.Failure) -> ArraySlice<UInt8> {
    guard position <= bytes.count, size <= bytes.count - position else { throw .tooShort(bytes.count) }
    defer { position += size }
    return bytes[position..<(position + size)]
  }
}
