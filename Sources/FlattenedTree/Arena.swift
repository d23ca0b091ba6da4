// SPDX-License-Identifier: Apache-2.0

/// One block of memory, taken once and given back when the arena goes away.
///
/// Every access is checked against its size, so that a mistake in the index cannot touch foreign memory.
@safe
struct Arena: ~Copyable {
  private let words: UnsafeMutablePointer<UInt32>
  let count: Int

  /// Memory for that many 32-bit words, whose content is undefined.
  init(words count: Int) {
    unsafe words = UnsafeMutablePointer<UInt32>.allocate(capacity: count)
    self.count = count
  }

  deinit { unsafe words.deallocate() }

  /// A number that differs from run to run where addresses do, to keep hashes from being foreseen.
  var seed: UInt64 { unsafe UInt64(UInt(bitPattern: words)) }

  subscript(_ index: Int) -> UInt32 {
    @inline(__always)
    get {
      precondition(index >= 0 && index < count)
      return unsafe words[index]
    }
    @inline(__always)
    nonmutating set {
      precondition(index >= 0 && index < count)
      unsafe words[index] = newValue
    }
  }

  func clear(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    unsafe (words + range.lowerBound).update(repeating: 0, count: range.count)
  }
}
