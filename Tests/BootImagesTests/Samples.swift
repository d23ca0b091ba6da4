// SPDX-License-Identifier: Apache-2.0
import BootImages
import Foundation
import Testing

/// Bytes from hexadecimal digits; blanks are skipped.
func hex(_ text: String) -> [UInt8] {
  let digits = text.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  (0..<MemoryLayout<T>.size).map { UInt8(truncatingIfNeeded: value >> T($0 * 8)) }
}

/// What `body` throws.
func fault(_ body: () throws(BootImageError) -> Void) -> BootImageError? {
  do throws(BootImageError) {
    try body()
    return nil
  } catch {
    return error
  }
}

/// A sequence of bytes that is the same in each run.
struct Chance {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

  mutating func next(below bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(truncatingIfNeeded: state >> 33) % bound
  }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(next(below: 256)) } }
}

/// An arm64 Image: header, then zeros up to `size`.
func image(size: Int = 4096, imageSize: UInt64 = 0x10000, flags: UInt64 = 0xa, textOffset: UInt64 = 0)
  -> [UInt8]
{
  var bytes = little(UInt32(0x9100_5a4d)) + little(UInt32(0x1400_0010))
  bytes += little(textOffset) + little(imageSize) + little(flags) + [UInt8](repeating: 0, count: 24)
  bytes += Array("ARM\u{64}".utf8) + little(UInt32(0))
  return bytes + [UInt8](repeating: 0, count: size - bytes.count)
}

/// An arm64 Image that is a PE as well; its one section ends at `sectionEnd` in the file.
func peImage(size: Int, sectionEnd: UInt32) -> [UInt8] {
  var bytes = image(size: size)
  bytes.replaceSubrange(0x3c..<0x40, with: little(UInt32(0x40)))
  let header =
    Array("PE\0\0".utf8) + little(UInt16(0xaa64)) + little(UInt16(1)) + [UInt8](repeating: 0, count: 12)
    + little(UInt16(0)) + little(UInt16(0))
  let section =
    Array(".text\0\0\0".utf8) + little(UInt32(0x10000)) + little(UInt32(0x200)) + little(sectionEnd - 0x200)
    + little(UInt32(0x200)) + [UInt8](repeating: 0, count: 16)
  bytes.replaceSubrange(0x40..<(0x40 + header.count + section.count), with: header + section)
  return bytes
}

/// An arm32 zImage.
func zImage(size: Int = 4096, start: UInt32 = 0, end: UInt32 = 4096) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 0x24)
  bytes += little(UInt32(0x016f_2818)) + little(start) + little(end)
  return bytes + [UInt8](repeating: 0, count: size - bytes.count)
}

/// A gzip member whose data is stored, not packed.
func gzip(_ data: [UInt8], name: String? = nil) -> [UInt8] {
  var bytes: [UInt8] = [0x1f, 0x8b, 8, name == nil ? 0 : 8, 0, 0, 0, 0, 0, 3]
  if let name { bytes += Array(name.utf8) + [0] }
  var rest = data[...]
  repeat {
    let part = rest.prefix(0xffff)
    rest = rest.dropFirst(part.count)
    bytes += [rest.isEmpty ? 1 : 0] + little(UInt16(part.count)) + little(~UInt16(part.count)) + part
  } while !rest.isEmpty
  return bytes + little(CRC32.checksum(data)) + little(UInt32(data.count))
}

func uImage(
  _ data: [UInt8], kind: LegacyImageHeader.Kind = .kernel,
  architecture: LegacyImageHeader.Architecture = .arm64,
  compression: LegacyImageHeader.Compression = .none, name: String = ""
) -> [UInt8] {
  LegacyImageHeader(
    kind: kind, architecture: architecture, compression: compression, loadAddress: 0x4000_0000,
    entryPoint: 0x4000_0000, name: name, payload: data
  ).encoded() + data
}

/// An archive of files in the `newc` format.
func cpio(_ files: [(name: String, data: [UInt8])], hasTrailer: Bool = true) -> [UInt8] {
  func entry(_ name: String, _ data: [UInt8]) -> [UInt8] {
    func field(_ value: Int) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }
    let fields = [1, 0o100644, 0, 0, 1, 0, data.count, 0, 0, 0, 0, name.utf8.count + 1, 0]
    var bytes = Array(("070701" + fields.map(field).joined()).utf8) + Array(name.utf8) + [0]
    while bytes.count % 4 != 0 { bytes.append(0) }
    bytes += data
    while bytes.count % 4 != 0 { bytes.append(0) }
    return bytes
  }
  return files.flatMap { entry($0.name, $0.data) } + (hasTrailer ? entry("TRAILER!!!", []) : [])
}

/// What a program prints when it is given `input`.
func run(_ path: String, _ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let inputFile = folder.appendingPathComponent("input")
  let outputFile = folder.appendingPathComponent("output")
  try Data(input).write(to: inputFile)
  try Data().write(to: outputFile)
  let process = Process()
  process.executableURL = URL(fileURLWithPath: path)
  process.arguments = arguments
  process.standardInput = try FileHandle(forReadingFrom: inputFile)
  process.standardOutput = try FileHandle(forWritingTo: outputFile)
  try process.run()
  process.waitUntilExit()
  try #require(process.terminationStatus == 0)
  return [UInt8](try Data(contentsOf: outputFile))
}
