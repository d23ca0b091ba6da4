// SPDX-License-Identifier: Apache-2.0
public import BootImages

/// A kernel's file, read for a platform: what it says of where it goes, and the bytes that are loaded.
public struct KernelFile: Sendable {
  public let kernel: GuestLayout.Kernel
  public let width: Guest.Width
  /// The file's own bytes, or what was unpacked.
  public let bytes: [UInt8]
  public let isUnpacked: Bool

  /// Why a platform cannot start a file.
  public enum Failure: Error, Hashable, Sendable {
    case unreadable(BootImageError)
    /// An ELF file for another processor than a big-endian PowerPC of 64 bits.
    case notPowerPC(ELFSummary)
    /// No toolstack's loader knows a uImage.
    case uImage
    /// Something in wrappers that names no place.
    case noHeader
  }

  /// The most bytes that a packed kernel may unpack to.
  static let limit = 512 << 20

  /// Reads a kernel.
  ///
  /// - Parameters:
  ///   - bytes: the file. An `Image`, a `zImage`, either of them in gzip, or an ELF file: which one, the platform's processors say.
  ///   - platform: what shall start it.
  public init(_ bytes: [UInt8], for platform: GuestPlatform) throws(Failure) {
    self =
      switch platform.architecture {
      case .arm: try Self.arm(bytes, platform)
      case .powerPC: try Self.powerPC(bytes)
      case .riscv64: try Self.riscv64(bytes)
      }
  }

  private init(_ kernel: GuestLayout.Kernel, _ width: Guest.Width, _ bytes: [UInt8], isUnpacked: Bool) {
    self.kernel = kernel
    self.width = width
    self.bytes = bytes
    self.isUnpacked = isUnpacked
  }

  private static func powerPC(_ bytes: [UInt8]) throws(Failure) -> KernelFile {
    let image: ELFImage
    do throws(BootImageError) { image = try ELFImage(bytes) } catch { throw .unreadable(error) }
    guard image.machine == ELFImage.powerPC64, image.is64Bit, image.isBigEndian else {
      guard let summary = unsafe ELFSummary(bytes.span.bytes) else { throw .noHeader }
      throw .notPowerPC(summary)
    }
    let segments = image.segments.map { GuestLayout.Program.Segment(file: $0.file, memory: $0.memory) }
    return KernelFile(
      .program(GuestLayout.Program(segments: segments, entry: image.physicalEntry)), .arm64, bytes, isUnpacked: false)
  }

  private static func riscv64(_ bytes: [UInt8]) throws(Failure) -> KernelFile {
    let isGzip = bytes.starts(with: [0x1f, 0x8b])
    do throws(BootImageError) {
      let content = isGzip ? try Inflate.gunzip(bytes, limit: limit) : bytes
      let header = try RISCVImageHeader(content)
      return KernelFile(
        .image(textOffset: header.textOffset, size: UInt64(content.count), memory: header.imageSize), .arm64, content,
        isUnpacked: isGzip)
    } catch {
      throw .unreadable(error)
    }
  }

  private static func arm(_ bytes: [UInt8], _ platform: GuestPlatform) throws(Failure) -> KernelFile {
    let image: BootImage
    do throws(BootImageError) { image = try BootImage(kernel: bytes) } catch { throw .unreadable(error) }
    guard !image.isUImage else { throw .uImage }
    var content = bytes
    if image.isGzip {
      do throws(BootImageError) { content = try Inflate.gunzip(bytes, limit: limit) } catch { throw .unreadable(error) }
    }
    let size = UInt64(content.count)
    let kernel: GuestLayout.Kernel
    switch image.content {
    case .image(let header):
      kernel = .image(textOffset: header.textOffset, size: size, memory: header.imageSize)
    case .zImage(let header) where platform.placement.zImageOffset != nil:
      kernel = .anywhere(size: size, entry: header.start == 0 ? nil : UInt64(header.start))
    case .zImage(let header) where header.start != 0:
      kernel = .fixed(UInt64(header.start)..<(UInt64(header.start) + size))
    case .zImage: kernel = .anywhere(size: size)
    case .cpio, .compressed, .raw: throw .noHeader
    }
    return KernelFile(kernel, image.width == .arm32 ? .arm32 : .arm64, content, isUnpacked: image.isGzip)
  }
}
