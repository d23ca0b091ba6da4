// SPDX-License-Identifier: Apache-2.0

/// The CRC-32 of gzip, legacy U-Boot images and PNG (reflected polynomial 0xedb88320).
public enum CRC32 {
  /// The checksum of the bytes.
  ///
  /// - Parameter previous: the checksum of what came before, to go on from; 0 at the start.
  public static func checksum(_ bytes: RawSpan, continuing previous: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe checksum($0, continuing: previous) }
  }

  /// The checksum of the bytes.
  public static func checksum(_ bytes: [UInt8], continuing previous: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe checksum($0, continuing: previous) }
  }

  static func checksum(_ bytes: UnsafeRawBufferPointer, continuing previous: UInt32) -> UInt32 {
    unsafe tables.withUnsafeBufferPointer { unsafe update(~previous, bytes, $0) }
  }

  /// Eight bytes a step: table k holds what a byte does to the register when k more bytes follow it.
  private static func update(
    _ start: UInt32, _ bytes: UnsafeRawBufferPointer, _ tables: UnsafeBufferPointer<UInt32>
  ) -> UInt32 {
    guard let base = bytes.baseAddress, let table = tables.baseAddress else { return ~start }
    var register = start
    var offset = 0
    let count = bytes.count
    while count - offset >= 8 {
      let eight = unsafe UInt64(
        littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      let low = UInt32(truncatingIfNeeded: eight) ^ register
      let high = UInt32(truncatingIfNeeded: eight >> 32)
      register =
        unsafe table[7 * 256 + Int(low & 0xff)] ^ table[6 * 256 + Int((low >> 8) & 0xff)]
        ^ table[5 * 256 + Int((low >> 16) & 0xff)] ^ table[4 * 256 + Int(low >> 24)]
      register ^=
        unsafe table[3 * 256 + Int(high & 0xff)] ^ table[2 * 256 + Int((high >> 8) & 0xff)]
        ^ table[256 + Int((high >> 16) & 0xff)] ^ table[Int(high >> 24)]
      offset += 8
    }
    while offset < count {
      let byte = unsafe base.load(fromByteOffset: offset, as: UInt8.self)
      register = unsafe table[Int((register ^ UInt32(byte)) & 0xff)] ^ (register >> 8)
      offset += 1
    }
    return ~register
  }

  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var register = UInt32(byte)
      for _ in 0..<8 { register = (register >> 1) ^ (register & 1 == 1 ? 0xedb8_8320 : 0) }
      tables[byte] = register
    }
    for byte in 0..<256 {
      for step in 1..<8 {
        let before = tables[(step - 1) * 256 + byte]
        tables[step * 256 + byte] = tables[Int(before & 0xff)] ^ (before >> 8)
      }
    }
    return tables
  }()
}
