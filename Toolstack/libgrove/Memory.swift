// SPDX-License-Identifier: Apache-2.0

/// The caller's bytes, for the time of one call: nothing keeps the span for longer.
@_lifetime(immortal)
func bytes(_ start: UnsafeRawPointer?, _ size: Int) -> RawSpan {
  let buffer = unsafe UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : max(size, 0))
  return unsafe _overrideLifetime(RawSpan(_unsafeBytes: buffer), copying: ())
}

/// A copy of the caller's bytes.
func array(_ start: UnsafeRawPointer?, _ size: Int) -> [UInt8] {
  unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : max(size, 0)))
}

/// A C text without its zero.
func text(_ start: UnsafePointer<CChar>?) -> [UInt8] {
  var result: [UInt8] = []
  guard let start = unsafe start else { return result }
  var at = 0
  while unsafe start[at] != 0 {
    result.append(UInt8(bitPattern: unsafe start[at]))
    at += 1
  }
  return result
}

/// Bytes that a caller keeps a pointer to.
@safe struct Kept: ~Copyable {
  private let buffer: UnsafeMutableRawBufferPointer
  let count: Int

  var start: UnsafeRawPointer? { unsafe UnsafeRawPointer(buffer.baseAddress) }

  init(_ bytes: [UInt8]) {
    unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 8)
    count = bytes.count
    for (index, byte) in bytes.enumerated() { unsafe buffer[index] = byte }
  }

  deinit { unsafe buffer.deallocate() }
}

extension [UInt8] {
  func isSame(as text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count where unsafe self[index] != text.utf8Start[index] { return false }
    return true
  }
}

/// A text of this library's, ended by a zero.
func pointer(_ text: StaticString) -> UnsafePointer<CChar> {
  unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
