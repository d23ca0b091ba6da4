// SPDX-License-Identifier: Apache-2.0
internal import CXen

/// A stream of this program's. What is written is kept until the line ends.
struct Stream {
  let descriptor: Int32
  private var pending: [UInt8] = []

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  mutating func write(byte: UInt8) {
    pending.append(byte)
    if byte == 0x0a || pending.count >= 4096 { flush() }
  }

  mutating func write(_ text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount { write(byte: unsafe text.utf8Start[index]) }
  }

  mutating func write(_ bytes: [UInt8]) {
    for byte in bytes { write(byte: byte) }
  }

  mutating func write(decimal value: UInt64) {
    var digits: [UInt8] = []
    var rest = value
    repeat {
      digits.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    for digit in digits.reversed() { write(byte: digit) }
  }

  mutating func writeHex(_ value: UInt64, digits: Int = 1) {
    var shift = 60
    var isLeading = true
    while shift >= 0 {
      let digit = UInt8(value >> UInt64(shift) & 15)
      isLeading = isLeading && digit == 0 && shift >= digits * 4
      if !isLeading { write(byte: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10) }
      shift -= 4
    }
  }

  mutating func flush() {
    var rest = pending[...]
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes { unsafe CXen.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0, grove_errno() == EINTR { continue }
      // Nobody reads: there is nobody to tell either.
      if written <= 0 { break }
      rest = rest.dropFirst(written)
    }
    pending.removeAll(keepingCapacity: true)
  }
}
