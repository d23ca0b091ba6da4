// SPDX-License-Identifier: Apache-2.0
import BootImages
import Foundation
import Testing

/// The file that an environment variable names, nil when it is not set.
private func file(_ variable: String) -> String? {
  ProcessInfo.processInfo.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
}

private func contents(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// What a shell line prints, without the last line end.
///
/// The file is `$1`.
private func shell(_ line: String, _ path: String) throws -> String {
  let output = try run("/bin/sh", ["-c", line, "sh", path])
  return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines)
}

/// Real files, when `GROVE_XEN_4_17`, `GROVE_XEN_4_20` and `GROVE_LINUX` name them, against what other tools find.
@Suite struct RealFileTests {
  static let xens = [("4.17", file("GROVE_XEN_4_17")), ("4.20", file("GROVE_XEN_4_20"))].compactMap {
    version, path in
    path.map { (version, $0) }
  }

  @Test(.enabled(if: !xens.isEmpty), arguments: xens)
  func readsARealXen(version: String, path: String) throws {
    let xen = try XenImage(try contents(path))
    #expect(xen.version == version)
    #expect(xen.isPE)
    #expect(xen.fileSize == Int(try shell("stat -Lc %s \"$1\"", path)))
    #expect(xen.memorySize == Int(try shell("od -An -t u8 -j 16 -N 8 \"$1\" | tr -d ' '", path)))
    let strings = try shell("tr '\\0' '\\n' < \"$1\" | grep -a '^\(version)[.]' | head -1", path)
    #expect(xen.fullVersion == strings)
    // The option text, cut out by grep and unpacked by gzip (which complains about what follows it).
    let text = try shell(
      "o=$(LC_ALL=C grep -abo -m1 -P '\\x1f\\x8b\\x08\\x00\\x00\\x00\\x00\\x00' \"$1\" | head -1 | cut -d: -f1); "
        + "tail -c +$((o + 1)) \"$1\" | gzip -dc 2>/dev/null; true", path)
    let config = try #require(xen.config)
    #expect(text.contains("CONFIG_ARM_64=y"))
    #expect(config.options.count == text.split(separator: "\n").filter { $0.hasPrefix("CONFIG_") }.count)
    #expect(config == (try XenConfig(Array(text.utf8))))
    #expect(config.isEnabled("ARM_64") && !config.isEnabled("STATIC_MEMORY"))
  }

  @Test(.enabled(if: file("GROVE_LINUX") != nil))
  func readsARealLinux() throws {
    let path = try #require(file("GROVE_LINUX"))
    let bytes = try contents(path)
    let kernel = try BootImage(kernel: bytes)
    #expect(kernel.description == "arm64 Image")
    #expect(try shell("file -L \"$1\"", path).contains("ARM64 boot executable Image"))
    #expect(kernel.memorySize == Int(try shell("od -An -t u8 -j 16 -N 8 \"$1\" | tr -d ' '", path)))
    #expect(fault { () throws(BootImageError) in _ = try XenImage(bytes) }?.code == .notXen("an arm64 Image"))

    let packed = try run("/bin/gzip", ["-6nc", path])
    let fromGzip = try BootImage(kernel: packed)
    #expect(fromGzip.description == "gzip of an arm64 Image")
    #expect(fromGzip.memorySize == kernel.memorySize)
    #expect(fromGzip.contentSize == bytes.count)
    #expect(try Inflate.gunzip(packed, limit: bytes.count) == bytes)
    #expect(little(CRC32.checksum(bytes)) == Array(packed.suffix(8).prefix(4)))
  }
}
