// SPDX-License-Identifier: Apache-2.0

/// The 64-byte big-endian header of a legacy U-Boot image ("uImage"): kernels, ramdisks and scripts.
public struct LegacyImageHeader: Hashable, Sendable {
  public static let size = 64
  static let magic: UInt32 = 0x2705_1956
  private static let nameSize = 32

  /// What the image is for; other numbers than the named ones are kept.
  public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let standalone = Kind(rawValue: 1)
    public static let kernel = Kind(rawValue: 2)
    public static let ramdisk = Kind(rawValue: 3)
    public static let multi = Kind(rawValue: 4)
    public static let firmware = Kind(rawValue: 5)
    public static let script = Kind(rawValue: 6)
    public static let fileSystem = Kind(rawValue: 7)
    public static let deviceTree = Kind(rawValue: 8)
    /// A kernel that may be run where it lies.
    public static let kernelNoLoad = Kind(rawValue: 14)

    public var description: String {
      switch self {
      case .standalone: "standalone program"
      case .kernel, .kernelNoLoad: "kernel"
      case .ramdisk: "ramdisk"
      case .multi: "bundle of several files"
      case .firmware: "firmware"
      case .script: "script"
      case .fileSystem: "file system"
      case .deviceTree: "device tree"
      default: "image of kind \(rawValue)"
      }
    }
  }

  /// The processor that the image is for.
  public struct Architecture: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let arm = Architecture(rawValue: 2)
    public static let x86 = Architecture(rawValue: 3)
    public static let powerPC = Architecture(rawValue: 7)
    public static let arm64 = Architecture(rawValue: 22)
    public static let x86Bit64 = Architecture(rawValue: 24)
    public static let riscv = Architecture(rawValue: 26)

    public var description: String {
      switch self {
      case .arm: "Arm"
      case .x86: "x86"
      case .powerPC: "PowerPC"
      case .arm64: "arm64"
      case .x86Bit64: "x86-64"
      case .riscv: "RISC-V"
      default: "architecture \(rawValue)"
      }
    }
  }

  public struct OperatingSystem: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let linux = OperatingSystem(rawValue: 5)
  }

  /// How the data is packed.
  public struct Compression: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let none = Compression(rawValue: 0)
    public static let gzip = Compression(rawValue: 1)

    public var description: String {
      switch rawValue {
      case 0: "nothing"
      case 1: "gzip"
      case 2: "bzip2"
      case 3: "lzma"
      case 4: "lzo"
      case 5: "lz4"
      case 6: "zstd"
      default: "compression \(rawValue)"
      }
    }
  }

  /// When the image was made, in seconds since 1970.
  ///
  /// 0 keeps builds reproducible.
  public var time: UInt32
  /// Bytes of data after the header.
  public var dataSize: UInt32
  public var loadAddress: UInt32
  public var entryPoint: UInt32
  /// CRC-32 of the data.
  public var dataChecksum: UInt32
  public var operatingSystem: OperatingSystem
  public var architecture: Architecture
  public var kind: Kind
  public var compression: Compression
  /// At most 32 bytes of UTF-8.
  public var name: String

  /// A header for `payload`: the data that follows it.
  ///
  /// - Parameters:
  ///   - name: shown by U-Boot; what does not fit into 32 bytes is left out.
  ///   - payload: the bytes whose size and checksum the header states; at most 4 GiB - 1.
  public init(
    kind: Kind, architecture: Architecture = .arm64, operatingSystem: OperatingSystem = .linux,
    compression: Compression = .none, loadAddress: UInt32 = 0, entryPoint: UInt32 = 0, time: UInt32 = 0,
    name: String = "", payload: RawSpan
  ) {
    self.time = time
    dataSize = UInt32(clamping: payload.byteCount)
    self.loadAddress = loadAddress
    self.entryPoint = entryPoint
    dataChecksum = CRC32.checksum(payload)
    self.operatingSystem = operatingSystem
    self.architecture = architecture
    self.kind = kind
    self.compression = compression
    self.name = name
  }

  public init(
    kind: Kind, architecture: Architecture = .arm64, operatingSystem: OperatingSystem = .linux,
    compression: Compression = .none, loadAddress: UInt32 = 0, entryPoint: UInt32 = 0, time: UInt32 = 0,
    name: String = "", payload: [UInt8]
  ) {
    unsafe self.init(
      kind: kind, architecture: architecture, operatingSystem: operatingSystem, compression: compression,
      loadAddress: loadAddress, entryPoint: entryPoint, time: time, name: name, payload: payload.span.bytes)
  }

  /// Reads a header and checks its magic and its checksum, not the data behind it.
  public init(decoding bytes: RawSpan) throws(BootImageError) {
    guard bytes.bigUInt32(at: 0) == Self.magic else { throw BootImageError(.uImageMagic) }
    guard bytes.byteCount >= Self.size, let stored = bytes.bigUInt32(at: 4),
      let time = bytes.bigUInt32(at: 8),
      let dataSize = bytes.bigUInt32(at: 12), let loadAddress = bytes.bigUInt32(at: 16),
      let entryPoint = bytes.bigUInt32(at: 20), let dataChecksum = bytes.bigUInt32(at: 24),
      let operatingSystem = bytes.byte(at: 28), let architecture = bytes.byte(at: 29),
      let kind = bytes.byte(at: 30), let compression = bytes.byte(at: 31)
    else {
      throw BootImageError(
        .truncated("the uImage header", needed: UInt64(Self.size), present: UInt64(bytes.byteCount)),
        at: bytes.byteCount)
    }
    self.time = time
    self.dataSize = dataSize
    self.loadAddress = loadAddress
    self.entryPoint = entryPoint
    self.dataChecksum = dataChecksum
    self.operatingSystem = OperatingSystem(rawValue: operatingSystem)
    self.architecture = Architecture(rawValue: architecture)
    self.kind = Kind(rawValue: kind)
    self.compression = Compression(rawValue: compression)
    let nameEnd = bytes.firstIndex(of: 0, in: 32..<Self.size) ?? Self.size
    name = bytes.text(in: 32..<nameEnd)
    // The header's own checksum is taken with its field as zero.
    var computed = CRC32.checksum(bytes.extracting(0..<4))
    computed = CRC32.checksum([0, 0, 0, 0], continuing: computed)
    computed = CRC32.checksum(bytes.extracting(8..<Self.size), continuing: computed)
    guard computed == stored else {
      throw BootImageError(.uImageHeaderChecksum(stored: stored, computed: computed), at: 4)
    }
  }

  public init(decoding bytes: [UInt8]) throws(BootImageError) {
    try unsafe self.init(decoding: bytes.span.bytes)
  }

  /// The 64 bytes of the header, its own checksum filled in.
  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.size)
    for number in [Self.magic, 0, time, dataSize, loadAddress, entryPoint, dataChecksum] {
      append(number, to: &bytes)
    }
    bytes += [operatingSystem.rawValue, architecture.rawValue, kind.rawValue, compression.rawValue]
    bytes += fittingName
    bytes += [UInt8](repeating: 0, count: Self.size - bytes.count)
    var checksum: [UInt8] = []
    append(CRC32.checksum(bytes), to: &checksum)
    for index in 0..<4 { bytes[4 + index] = checksum[index] }
    return bytes
  }

  /// The name cut at the last character that fits whole.
  private var fittingName: [UInt8] {
    var name: [UInt8] = []
    for scalar in self.name.unicodeScalars {
      let encoded = Array(String(Character(scalar)).utf8)
      guard name.count + encoded.count <= Self.nameSize else { break }
      name += encoded
    }
    return name
  }

  private func append(_ number: UInt32, to bytes: inout [UInt8]) {
    for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  /// The range of the data in the file, checked against the file's end and the data's checksum.
  func checkedData(of bytes: RawSpan, verify: Bool) throws(BootImageError) -> Range<Int> {
    let end = UInt64(Self.size) + UInt64(dataSize)
    guard end <= UInt64(bytes.byteCount) else {
      throw BootImageError(
        .truncated("the uImage", needed: end, present: UInt64(bytes.byteCount)), at: bytes.byteCount)
    }
    let range = Self.size..<Int(end)
    if verify {
      let computed = CRC32.checksum(bytes.extracting(range))
      guard computed == dataChecksum else {
        throw BootImageError(.uImageDataChecksum(stored: dataChecksum, computed: computed), at: 24)
      }
    }
    return range
  }
}
