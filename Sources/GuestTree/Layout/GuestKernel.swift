// SPDX-License-Identifier: Apache-2.0

extension GuestLayout {
  /// What a kernel's file says of where it goes.
  public enum Kernel: Hashable, Sendable {
    /// An arm64 `Image`: that many bytes above the start of RAM. Once it runs it takes `memory` bytes, if it says so.
    case image(textOffset: UInt64, size: UInt64, memory: UInt64 = 0)
    /// A kernel that names its own address.
    case fixed(Range<UInt64>)
    /// An arm32 `zImage` that runs anywhere. `entry` is where the toolstack starts one all the same that names an address.
    case anywhere(size: UInt64, entry: UInt64? = nil)
    /// A program in pieces that name their addresses.
    case program(Program)

    /// The bytes that are loaded, or nil when they are in several pieces.
    var size: UInt64? {
      switch self {
      case .image(_, let size, _): size
      case .fixed(let range): range.upperBound - range.lowerBound
      case .anywhere(let size, _): size
      case .program: nil
      }
    }
  }

  /// A program as an ELF file describes it.
  public struct Program: Hashable, Sendable {
    public struct Segment: Hashable, Sendable {
      /// Which bytes of the file.
      public var file: Range<UInt64>
      /// Where they go. What is longer than the bytes is filled with zeros.
      public var memory: Range<UInt64>

      public init(file: Range<UInt64>, memory: Range<UInt64>) {
        self.file = file
        self.memory = memory
      }
    }

    public var segments: [Segment]
    /// Where it starts.
    public var entry: UInt64

    public init(segments: [Segment], entry: UInt64) {
      self.segments = segments
      self.entry = entry
    }

    /// From the lowest address to the highest.
    var extent: Range<UInt64> {
      let start = segments.reduce(UInt64.max) { min($0, $1.memory.lowerBound) }
      let end = segments.reduce(0 as UInt64) { max($0, $1.memory.upperBound) }
      return start < end ? start..<end : 0..<0
    }
  }
}
