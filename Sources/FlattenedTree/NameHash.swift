// SPDX-License-Identifier: Apache-2.0

/// Hashes of names, made fast rather than strong; a seed that an input cannot know keeps it from choosing collisions.
struct NameHash {
  let seed: UInt64

  /// The hash of the child of that name of a node.
  @inline(__always)
  func hash(_ bytes: RawSpan, at offset: Int, count: Int, parent: UInt32) -> UInt32 {
    var hash = fold(seed ^ UInt64(parent))
    var at = offset
    let end = offset + count
    while end - at >= 4 {
      hash = fold(hash ^ UInt64(bytes.fourBytes(at: at)))
      at += 4
    }
    // What is left over, zero to three bytes, in one load where the span goes on behind the name.
    var rest: UInt32 = 0
    if bytes.byteCount - at >= 4 {
      rest = bytes.fourBytes(at: at) & ~(UInt32.max << UInt32(truncatingIfNeeded: 8 * (end - at)))
    } else {
      for position in (at..<end).reversed() { rest = rest << 8 | UInt32(bytes.byte(at: position)) }
    }
    hash = fold(hash ^ UInt64(truncatingIfNeeded: count) << 32 ^ UInt64(rest))
    return UInt32(truncatingIfNeeded: hash)
  }

  @inline(__always)
  func hash(_ number: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: fold(fold(seed ^ UInt64(number))))
  }

  @inline(__always)
  private func fold(_ value: UInt64) -> UInt64 {
    let product = (value ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low
  }
}
