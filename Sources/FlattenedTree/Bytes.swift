// SPDX-License-Identifier: Apache-2.0

// Loads from raw bytes. Each one is bounds-checked by the standard library, but a failed check there traps; so callers
// compare every offset that came from a blob with the end of its block first, and throw.

extension RawSpan {
  /// The big-endian 32-bit word at an offset.
  @inlinable
  @inline(__always)
  func word(at offset: Int) -> UInt32 {
    unsafe UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// The big-endian 64-bit word at an offset.
  @inlinable
  @inline(__always)
  func doubleWord(at offset: Int) -> UInt64 {
    unsafe UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// Eight bytes at an offset with the first one lowest, whatever the machine.
  @inlinable
  @inline(__always)
  func eightBytes(at offset: Int) -> UInt64 {
    unsafe UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// Four bytes at an offset with the first one lowest, whatever the machine.
  @inlinable
  @inline(__always)
  func fourBytes(at offset: Int) -> UInt32 {
    unsafe UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  @inlinable
  @inline(__always)
  func byte(at offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// The offset of the first byte of that value.
  func position(of value: UInt8) -> Int? {
    var at = 0
    let everywhere = UInt64(value) &* 0x0101_0101_0101_0101
    while byteCount - at >= 8 {
      let found = zeroBytes(in: eightBytes(at: at) ^ everywhere)
      if found != 0 { return at + found.trailingZeroBitCount >> 3 }
      at += 8
    }
    while at < byteCount {
      if byte(at: at) == value { return at }
      at += 1
    }
    return nil
  }

  /// Whether two spans hold the same bytes.
  func hasSameBytes(as other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    var at = 0
    while byteCount - at >= 8 {
      guard eightBytes(at: at) == other.eightBytes(at: at) else { return false }
      at += 8
    }
    while at < byteCount {
      guard byte(at: at) == other.byte(at: at) else { return false }
      at += 1
    }
    return true
  }
}

/// A number whose lowest set bit lies in the lowest zero byte of `word`; zero when no byte is zero.
@inlinable
@inline(__always)
func zeroBytes(in word: UInt64) -> UInt64 {
  (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
}

@inlinable
@inline(__always)
func zeroBytes(in word: UInt32) -> UInt32 {
  (word &- 0x0101_0101) & ~word & 0x8080_8080
}
