// SPDX-License-Identifier: Apache-2.0

/// A program in an ELF file of either width and byte order: where its pieces go and where it starts.
///
/// Xen on Arm starts none of these, but other platforms do. See the ELF specification, "Program Header".
public struct ELFImage: Hashable, Sendable {
  /// Bytes that are loaded.
  public struct Segment: Hashable, Sendable {
    /// Which bytes of the file.
    public let file: Range<UInt64>
    /// The physical addresses. What is longer than the bytes is filled with zeros.
    public let memory: Range<UInt64>
    /// Where the program sees its first byte once it has mapped itself.
    public let virtualAddress: UInt64
  }

  /// What an ELF file can have wrong.
  public enum Fault: Hashable, Sendable {
    /// Neither of the two widths or byte orders, or cut off.
    case header
    case programHeaders
    case segmentOutsideFile, segmentShrinks, segmentWraps, segmentsOverlap
    case nothingLoaded
  }

  public let is64Bit: Bool
  public let isBigEndian: Bool
  public let machine: UInt16
  /// Where it starts, as the file says it: mostly a virtual address.
  public let entry: UInt64
  /// In ascending order of their addresses.
  public let segments: [Segment]

  /// Where it starts in physical addresses.
  ///
  /// An entry in no segment's virtual addresses is taken for a physical one.
  public var physicalEntry: UInt64 {
    for segment in segments where entry >= segment.virtualAddress {
      let distance = entry - segment.virtualAddress
      if distance < segment.memory.upperBound - segment.memory.lowerBound {
        return segment.memory.lowerBound + distance
      }
    }
    return entry
  }

  /// From the lowest address to the highest.
  public var extent: Range<UInt64> {
    guard let first = segments.first, let last = segments.last else { return 0..<0 }
    return first.memory.lowerBound..<last.memory.upperBound
  }

  public static let powerPC64: UInt16 = 21
  public static let aarch64: UInt16 = 183

  /// Whether the bytes start like an ELF file.
  public static func begins(_ bytes: RawSpan) -> Bool { bytes.holds("\u{7f}ELF") }

  /// Reads the headers.
  ///
  /// - Throws: `notELF`, or `elfBroken` with the reason.
  public init(_ bytes: RawSpan) throws(BootImageError) {
    guard Self.begins(bytes) else { throw BootImageError(.notELF) }
    let fields = Fields(bytes)
    guard let fields, let machine = fields.half(18), let entry = fields.address(24),
      let headersOffset = fields.address(fields.isWide ? 32 : 28), let size = fields.half(fields.isWide ? 54 : 42),
      let count = fields.half(fields.isWide ? 56 : 44)
    else { throw BootImageError(.elfBroken(.header)) }
    var segments: [Segment] = []
    for number in 0..<UInt64(count) {
      let (start, overflow) = headersOffset.addingReportingOverflow(number * UInt64(size))
      guard !overflow, let header = Int(exactly: start), let segment = try Self.segment(fields, header, bytes.byteCount)
      else { continue }
      segments.append(segment)
    }
    segments.sort { $0.memory.lowerBound < $1.memory.lowerBound }
    for index in segments.indices.dropFirst()
    where segments[index].memory.lowerBound < segments[index - 1].memory.upperBound {
      throw BootImageError(.elfBroken(.segmentsOverlap))
    }
    guard !segments.isEmpty else { throw BootImageError(.elfBroken(.nothingLoaded)) }
    is64Bit = fields.isWide
    isBigEndian = fields.isBig
    self.machine = machine
    self.entry = entry
    self.segments = segments
  }

  public init(_ bytes: [UInt8]) throws(BootImageError) {
    try unsafe self.init(bytes.span.bytes)
  }

  /// One program header; nil when it loads nothing.
  private static func segment(_ fields: borrowing Fields, _ header: Int, _ fileSize: Int) throws(BootImageError)
    -> Segment?
  {
    let isWide = fields.isWide
    guard let type = fields.word(header), let offset = fields.address(header + (isWide ? 8 : 4)),
      let virtual = fields.address(header + (isWide ? 16 : 8)),
      let address = fields.address(header + (isWide ? 24 : 12)),
      let inFile = fields.address(header + (isWide ? 32 : 16)),
      let inMemory = fields.address(header + (isWide ? 40 : 20))
    else { throw BootImageError(.elfBroken(.programHeaders), at: header) }
    guard type == 1, inMemory > 0 else { return nil }
    guard offset <= UInt64(fileSize), inFile <= UInt64(fileSize) - offset else {
      throw BootImageError(.elfBroken(.segmentOutsideFile), at: header)
    }
    guard inFile <= inMemory else { throw BootImageError(.elfBroken(.segmentShrinks), at: header) }
    let (end, overflow) = address.addingReportingOverflow(inMemory)
    guard !overflow else { throw BootImageError(.elfBroken(.segmentWraps), at: header) }
    return Segment(file: offset..<(offset + inFile), memory: address..<end, virtualAddress: virtual)
  }

  /// Numbers in the file's own width and byte order.
  private struct Fields: ~Escapable {
    let bytes: RawSpan
    let isWide: Bool
    let isBig: Bool

    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
      guard let width = bytes.byte(at: 4), let order = bytes.byte(at: 5), (1...2).contains(width),
        (1...2).contains(order)
      else { return nil }
      self.bytes = bytes
      isWide = width == 2
      isBig = order == 2
    }

    func half(_ offset: Int) -> UInt16? { isBig ? bytes.bigUInt16(at: offset) : bytes.littleUInt16(at: offset) }

    func word(_ offset: Int) -> UInt32? { isBig ? bytes.bigUInt32(at: offset) : bytes.littleUInt32(at: offset) }

    func address(_ offset: Int) -> UInt64? {
      guard isWide else { return word(offset).map { UInt64($0) } }
      return isBig ? bytes.littleUInt64(at: offset)?.byteSwapped : bytes.littleUInt64(at: offset)
    }
  }
}
