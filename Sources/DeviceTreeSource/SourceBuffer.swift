// SPDX-License-Identifier: Apache-2.0

/// The bytes of a source, followed by zeros, so that a scan needs no test for the end and may load eight bytes at once.
///
/// A scan must stop at the first zero that is not inside the text: that keeps every access in bounds.
@safe struct SourceBuffer: BitwiseCopyable {
  /// Zero bytes after the text.
  static let padding = 8

  private let base: UnsafeMutablePointer<UInt8>
  let count: Int

  /// The caller must call ``deallocate()`` in the end.
  init(copying bytes: [UInt8]) {
    count = bytes.count
    unsafe base = .allocate(capacity: bytes.count + Self.padding)
    unsafe bytes.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { unsafe base.initialize(from: start, count: source.count) }
    }
    unsafe (base + bytes.count).initialize(repeating: 0, count: Self.padding)
  }

  /// Whether any byte is not ASCII: 32 bytes at a time, and the last ones eight at a time, into the zeros at the end.
  var isWide: Bool {
    var all = SIMD4<UInt64>.zero
    var at = 0
    while at + 32 <= count {
      unsafe all |= UnsafeRawPointer(base + at).loadUnaligned(as: SIMD4<UInt64>.self)
      at += 32
    }
    var seen = all[0] | all[1] | all[2] | all[3]
    while at < count {
      unsafe seen |= UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self)
      at += 8
    }
    return seen & 0x8080_8080_8080_8080 != 0
  }

  func deallocate() {
    unsafe base.deallocate()
  }

  @inline(__always)
  subscript(position: Int) -> UInt8 {
    unsafe base[position]
  }

  func pointers(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
  }

  func string(_ range: Range<Int>) -> String {
    unsafe String(decoding: pointers(range), as: UTF8.self)
  }
}
