// SPDX-License-Identifier: Apache-2.0

/// A Xen hypervisor for Arm, read from its file: what it is, which version, and how it was built.
public struct XenImage: Hashable, Sendable {
  /// The file as a boot image: an arm64 Image or an arm32 zImage.
  public let image: BootImage
  public let major: Int
  public let minor: Int
  /// The whole version, such as "4.20.3+127-gc42374a105-0+deb13u1"; nil when the file does not tell more than
  /// major and minor.
  public let fullVersion: String?
  /// The build options that the file carries; nil when it carries none.
  public let config: XenConfig?

  /// Reads a Xen image.
  ///
  /// - Throws: what a kernel file throws when it is no Image or zImage, `notXen` when it holds something else.
  public init(_ bytes: RawSpan) throws(BootImageError) {
    guard bytes.byteCount > 0 else { throw BootImageError(.empty) }
    try KernelLayers.refuseStrangers(bytes)
    let content: BootImage.Content
    if let header = ImageHeader(bytes) {
      content = .image(header)
      if let end = PEHeader(bytes)?.endOfData, end > UInt64(bytes.byteCount) {
        throw BootImageError(
          .truncated("the arm64 Image", needed: end, present: UInt64(bytes.byteCount)), at: bytes.byteCount)
      }
    } else if let header = ZImageHeader(bytes) {
      // Unlike a guest's, this one's end may lie beyond the file: it counts the BSS.
      content = .zImage(header)
    } else {
      throw BootImageError(.packedXen(try BootImage(kernel: bytes).description))
    }
    image = BootImage(
      role: .kernel, wrappers: [], content: content, fileSize: bytes.byteCount, contentSize: bytes.byteCount)
    guard let (major, minor) = Self.version(in: bytes) else {
      throw BootImageError(.notXen("an \(image)"))
    }
    self.major = major
    self.minor = minor
    config = Self.config(in: bytes)
    fullVersion = Self.fullVersion(in: bytes, startingWith: "\(major).\(minor).") ?? config?.version
  }

  public init(_ bytes: [UInt8]) throws(BootImageError) {
    try unsafe self.init(bytes.span.bytes)
  }

  /// Major and minor, such as "4.20".
  public var version: String { "\(major).\(minor)" }
  public var fileSize: Int { image.fileSize }
  /// The bytes from where it is loaded to the end of its BSS.
  public var memorySize: Int { image.memorySize }
  public var width: BootImage.Width? { image.width }
  /// UEFI firmware can start the file as it is.
  public var isPE: Bool {
    if case .image(let header) = image.content { header.isPE } else { false }
  }

  // MARK: What lies inside

  /// The numbers in the string `xen,xen-M.m` that Xen puts into each guest's tree.
  private static func version(in bytes: RawSpan) -> (Int, Int)? {
    var offset = 0
    while let found = bytes.firstIndex(of: UInt8(ascii: "x"), in: offset..<bytes.byteCount) {
      offset = found + 1
      guard bytes.holds("xen,xen-", at: found), let (major, dot) = number(in: bytes, at: found + 8),
        bytes.byte(at: dot) == UInt8(ascii: "."), let (minor, end) = number(in: bytes, at: dot + 1),
        bytes.byte(at: end) == 0
      else { continue }
      return (major, minor)
    }
    return nil
  }

  /// At most four digits, and the offset after them.
  private static func number(in bytes: RawSpan, at start: Int) -> (Int, Int)? {
    var value = 0
    var offset = start
    while offset < start + 4, let byte = bytes.byte(at: offset), byte >= 0x30, byte <= 0x39 {
      value = value * 10 + Int(byte - 0x30)
      offset += 1
    }
    return offset > start ? (value, offset) : nil
  }

  /// A string of its own (between NULs) that starts with the version and goes on.
  private static func fullVersion(in bytes: RawSpan, startingWith prefix: String) -> String? {
    let prefix = Array(prefix.utf8)
    let longest = 80
    var start = 0
    while start < bytes.byteCount {
      // Strings are found by their starts, so that each byte is looked at once for that and at most once for its text.
      guard startsWith(prefix, bytes, at: start) else {
        start = (bytes.firstIndex(of: 0, in: start..<bytes.byteCount) ?? bytes.byteCount) + 1
        continue
      }
      var end = start
      while let byte = bytes.byte(at: end), byte > 0x20, byte < 0x7f { end += 1 }
      if bytes.byte(at: end) == 0, end - start > prefix.count, end - start <= longest {
        return bytes.text(in: start..<end)
      }
      start = end + 1
    }
    return nil
  }

  private static func startsWith(_ prefix: [UInt8], _ bytes: RawSpan, at offset: Int) -> Bool {
    for (index, byte) in prefix.enumerated() where bytes.byte(at: offset + index) != byte { return false }
    return true
  }

  /// The `.config` that the build packed with gzip and linked in.
  ///
  /// Other bytes may look like gzip. The limits keep the cost of a file full of such bytes in bounds; a `.config`
  /// stays far below them.
  private static func config(in bytes: RawSpan) -> XenConfig? {
    let largestPacked = 256 << 10
    let largest = 1 << 20
    var attempts = 64
    var offset = 0
    while attempts > 0, let found = bytes.firstIndex(of: 0x1f, in: offset..<bytes.byteCount) {
      offset = found + 1
      guard bytes.byte(at: found + 1) == 0x8b, bytes.byte(at: found + 2) == 8 else { continue }
      attempts -= 1
      let packed = bytes.extracting(found..<min(found + largestPacked, bytes.byteCount))
      if let text = try? Inflate.gunzip(packed, limit: largest), let config = try? XenConfig(text) {
        return config
      }
    }
    return nil
  }
}
