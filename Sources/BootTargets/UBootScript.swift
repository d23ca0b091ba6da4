// SPDX-License-Identifier: Apache-2.0
internal import BootImages

/// `boot.scr`: a legacy U-Boot image whose data is a table of sizes (here one, then a zero) and the script's text.
public enum UBootScript {
  private static let tableSize = 8

  /// The image, dated 1970 so that the same script gives the same bytes.
  public static func image(of text: [UInt8]) -> [UInt8] {
    let size = UInt32(clamping: text.count)
    let table = (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } + [0, 0, 0, 0]
    let payload = table + text
    return LegacyImageHeader(kind: .script, architecture: .arm64, payload: payload).encoded() + payload
  }

  /// The script inside an image; nil when the image is not one that U-Boot would run.
  static func text(in image: [UInt8]) -> [UInt8]? {
    guard let header = try? LegacyImageHeader(decoding: image), header.kind == .script, header.compression == .none
    else { return nil }
    let payload = Array(image.dropFirst(LegacyImageHeader.size))
    guard payload.count == Int(header.dataSize), CRC32.checksum(payload) == header.dataChecksum,
      payload.count >= tableSize
    else { return nil }
    let size = payload.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    guard payload[4..<tableSize].allSatisfy({ $0 == 0 }), size == payload.count - tableSize else { return nil }
    return Array(payload.dropFirst(tableSize))
  }
}
