// SPDX-License-Identifier: Apache-2.0

/// Bytes while they are written.
///
/// What lies behind the last byte is zero already, so that padding costs nothing, and one piece is written in one go.
struct Output: Sendable {
  private var storage: [UInt8] = []
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  /// The bytes written.
  func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
    unsafe storage.withUnsafeBytes { unsafe body($0.bytes.extracting(0..<count)) }
  }

  /// Makes room for so many more bytes.
  @inline(__always)
  private mutating func grow(by more: Int) {
    if storage.count - count < more { enlarge(by: more) }
  }

  mutating func reserve(_ size: Int) {
    if size > 0, size <= BlobPlan.largestSize { grow(by: size) }
  }

  @inline(never)
  private mutating func enlarge(by more: Int) {
    let size = max(count + more, min(storage.count * 2, BlobPlan.largestSize), 1024)
    storage.reserveCapacity(size)
    storage.append(contentsOf: repeatElement(0, count: size - storage.count))
  }

  mutating func append(_ word: UInt32) {
    grow(by: 4)
    unsafe storage.withUnsafeMutableBytes {
      unsafe $0.storeBytes(of: word.bigEndian, toByteOffset: count, as: UInt32.self)
    }
    count += 4
  }

  mutating func append(_ doubleWord: UInt64) {
    append(UInt32(truncatingIfNeeded: doubleWord >> 32))
    append(UInt32(truncatingIfNeeded: doubleWord))
  }

  /// Adds bytes and zeros up to the next multiple of four.
  mutating func append(_ bytes: RawSpan) {
    let padded = (bytes.byteCount + 3) & ~3
    grow(by: padded)
    unsafe storage.withUnsafeMutableBytes { target in
      unsafe bytes.withUnsafeBytes {
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[count..<count + $0.count]).copyMemory(from: $0)
      }
    }
    count += padded
  }

  /// Adds a word, then bytes, a zero, and zeros up to the next multiple of four.
  mutating func append(_ word: UInt32, terminated bytes: RawSpan) {
    append(word)
    append(bytes)
    if bytes.byteCount % 4 == 0 { append(0 as UInt32) }
  }

  /// Adds three words, then bytes and zeros up to the next multiple of four.
  @inline(__always)
  mutating func append(_ first: UInt32, _ second: UInt32, _ third: UInt32, _ bytes: RawSpan) {
    let padded = (bytes.byteCount + 3) & ~3
    grow(by: 12 + padded)
    unsafe storage.withUnsafeMutableBytes { target in
      unsafe target.storeBytes(of: first.bigEndian, toByteOffset: count, as: UInt32.self)
      unsafe target.storeBytes(of: second.bigEndian, toByteOffset: count + 4, as: UInt32.self)
      unsafe target.storeBytes(of: third.bigEndian, toByteOffset: count + 8, as: UInt32.self)
      unsafe bytes.withUnsafeBytes {
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[count + 12..<count + 12 + $0.count]).copyMemory(from: $0)
      }
    }
    count += 12 + padded
  }
}
