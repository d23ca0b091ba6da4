// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Foundation
import Testing

@testable import DeviceTreeSource

private let boards = ProcessInfo.processInfo.environment["GROVE_BOARDS"]
private let dtc = tool("dtc")
private let qemu = tool("qemu-system-aarch64")

private func tool(_ name: String) -> String? {
  (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { "\($0)/\(name)" }
    .first { FileManager.default.isExecutableFile(atPath: $0) }
}

private func run(_ tool: String, _ arguments: [String]) throws -> Int32 {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: tool)
  process.arguments = arguments
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  process.waitUntilExit()
  return process.terminationStatus
}

/// A directory of its own for a test, gone after it.
private func withDirectory(_ body: (String) throws -> Void) throws {
  let path = NSTemporaryDirectory() + "grove-boards-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  try body(path)
}

private func bytes(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// What we compile is compared with what dtc compiles, byte for byte.
@Suite(.enabled(if: dtc != nil, "dtc is not installed")) struct BoardTests {
  /// What dtc makes of a source.
  private func reference(_ source: String, in directory: String) throws -> [UInt8] {
    let output = directory + "/reference.dtb"
    let status = try run(try #require(dtc), ["-q", "-q", "-I", "dts", "-O", "dtb", "-o", output, source])
    #expect(status == 0)
    return try bytes(output)
  }

  private func compile(_ source: [UInt8], _ name: String) throws -> [UInt8] {
    let parsed = parse(name: name, bytes: source, resolvingReferences: true)
    #expect(
      DiagnosticPrinter(sources: parsed.sources).text(parsed.diagnostics.filter { $0.level == .error }) == "")
    return try parsed.tree.blob()
  }

  /// A blob through dtc's decompiler and through ours gives the same tree, whichever compiler reads it.
  private func check(board: String, in directory: String) throws {
    let decompiled = directory + "/board.dts"
    #expect(try run(try #require(dtc), ["-q", "-q", "-I", "dtb", "-O", "dts", "-o", decompiled, board]) == 0)
    #expect(try compile(bytes(decompiled), decompiled) == reference(decompiled, in: directory), "\(board)")

    var tree = try DeviceTree(blob: bytes(board))
    let printed = directory + "/printed.dts"
    try Data(tree.sourceText().utf8).write(to: URL(fileURLWithPath: printed))
    let ours = parse(name: printed, bytes: try bytes(printed), resolvingReferences: true)
    #expect(ours.diagnostics.isEmpty)
    // A source cannot say the boot CPU: it is that of the first CPU's node.
    tree.bootCPU = ours.tree.bootCPU
    #expect(try ours.tree.blob() == tree.blob(), "\(board)")
    #expect(try reference(printed, in: directory) == tree.blob(), "\(board)")
  }

  /// The blobs of a directory, such as an unpacked kernel package. Without optimisation every third is taken, to stay
  /// under a minute.
  @Test(.enabled(if: boards != nil, "GROVE_BOARDS names no directory"))
  func everyBoardAsDtcCompilesIt() throws {
    let root = try #require(boards)
    let names = try #require(FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String })
    let found = names.filter { $0.hasSuffix(".dtb") }.sorted()
    #expect(!found.isEmpty)
    #if DEBUG
      let step = 3
    #else
      let step = 1
    #endif
    try withDirectory { directory in
      for index in stride(from: 0, to: found.count, by: step) {
        try check(board: root + "/" + found[index], in: directory)
      }
    }
  }

  @Test(
    .enabled(if: qemu != nil, "qemu-system-aarch64 is not installed"),
    arguments: ["virt", "virt,gic-version=3,virtualization=on", "virt,secure=on,iommu=smmuv3"])
  func theTreesThatQEMUMakes(_ machine: String) throws {
    try withDirectory { directory in
      let board = directory + "/qemu.dtb"
      let status = try run(
        try #require(qemu),
        [
          "-machine", "\(machine),dumpdtb=\(board)", "-cpu", "cortex-a57", "-smp", "2", "-nic", "none",
          "-display", "none",
        ])
      #expect(status == 0)
      try check(board: board, in: directory)
    }
  }

  /// Sources with what decompiled ones never hold: references, labels, deletions, expressions.
  @Test(arguments: [
    """
    / { x = <&b &a>; a: a { y = <&c>, &b; phandle = <2>; }; b: b { }; c: c { z = &{/a}; }; };
    """,
    """
    / { p; q; a { x; c { }; }; b { }; };
    / { /delete-property/ p; /delete-node/ a; };
    / { p = <1>; a { y; }; };
    """,
    "/ { /delete-property/ p; q; /delete-node/ z; a { }; }; / { p; z { }; };",
    "/ { p; /delete-property/ p; q; };",
    """
    / { s = <('a' << 8 | 0x7f) (-1 / 0x100000000)>, /bits/ 8 <(-1) 7>, "a\\x41\\102\\q"; cpus { cpu@4 { reg = <4>; }; }; };
    """,
    "/ { l: n { m; }; }; / { n { p = <&l>; }; }; &l { phandle = <&l>; m = <1>; /omit-if-no-ref/ o: o { }; };",
    "/memreserve/ 1 (2 * 3); / { suffix-reg; reg; g; memory@0 { name = \"memory\"; }; };",
    "/ { r = <&b>; /omit-if-no-ref/ a: a { r = <&c>; }; /omit-if-no-ref/ b: b { }; c: c { }; };",
  ])
  func sourcesAsDtcCompilesThem(_ text: String) throws {
    try withDirectory { directory in
      let source = directory + "/t.dts"
      try Data("/dts-v1/;\n\(text)\n".utf8).write(to: URL(fileURLWithPath: source))
      #expect(try compile(bytes(source), source) == reference(source, in: directory))
    }
  }
}
