// SPDX-License-Identifier: Apache-2.0
import _Volatile

/// A PL011 or SBSA UART, which is what Xen emulates for a guest.
struct Console {
  private let data: VolatileMappedRegister<UInt32>
  private let flags: VolatileMappedRegister<UInt32>

  /// The UART whose registers start there.
  init(at address: UInt) {
    data = unsafe VolatileMappedRegister(unsafeBitPattern: address)
    flags = unsafe VolatileMappedRegister(unsafeBitPattern: address + 0x18)
  }

  func write(_ byte: UInt8) {
    while flags.load() & 0x20 != 0 {}  // the transmit queue is full
    data.store(UInt32(byte))
  }

  func write(_ text: StaticString) {
    text.withBytes { write($0) }
  }

  func write(_ bytes: RawSpan) {
    for offset in 0..<bytes.byteCount { write(bytes.byte(at: offset)) }
  }

  func write(decimal number: UInt64) {
    if number >= 10 { write(decimal: number / 10) }
    write(UInt8(truncatingIfNeeded: number % 10) + UInt8(ascii: "0"))
  }

  func write(hex number: UInt64, digits: Int) {
    for digit in (0..<digits).reversed() {
      let nibble = UInt8(truncatingIfNeeded: number >> UInt64(4 * digit)) & 15
      write(nibble < 10 ? nibble + UInt8(ascii: "0") : nibble - 10 + UInt8(ascii: "a"))
    }
  }

  /// An address with as many digits as it needs.
  func write(address: UInt64) {
    write("0x")
    write(hex: address, digits: max(1, (67 - address.leadingZeroBitCount) / 4))
  }
}
