// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import FlattenedTree
import Foundation
import Testing

/// libfdt, which nobody here wrote, finds in a blob what our reader finds. `Tests/Libfdt/libfdt-read.c` asks it.
@Suite(.enabled(if: Libfdt.isPrepared)) struct LibfdtTests {
  @Test func libfdtAgreesOnTheTreesOfRealBoards() throws {
    let boards = try Libfdt.boards()
    #expect(!boards.isEmpty, "there is no .dtb below \(Libfdt.boardFolder)")
    for board in boards {
      let blob = [UInt8](try Data(contentsOf: URL(fileURLWithPath: board)))
      try expectAgreement(on: blob, in: board, named: board)
    }
  }

  @Test func libfdtAgreesOnWhatWeWrite() throws {
    for (name, blob) in try Self.ownBlobs() {
      let scratch = try Workspace()
      try scratch.write("blob.dtb", blob)
      try expectAgreement(on: blob, in: scratch.path("blob.dtb"), named: name)
    }
  }

  @Test func boardsAreWrittenAgainByteForByteAsDtcWritesThem() throws {
    let scratch = try Workspace()
    for board in try Libfdt.boards() {
      let dtc = ["dtc", "-q", "-I", "dtb", "-O", "dtb", "-o", scratch.path("dtc.dtb"), board]
      try #require(try run("/usr/bin/env", dtc).status == 0)
      let ours = try DeviceTree(blob: [UInt8](try Data(contentsOf: URL(fileURLWithPath: board)))).blob()
      let isSame = try scratch.read("dtc.dtb") == ours
      #expect(isSame, "\(board)")
    }
  }

  @Test(arguments: FlattenedTree.Version.allCases)
  func everyVersionOfABoardIsThatOfDtc(_ version: FlattenedTree.Version) throws {
    let scratch = try Workspace()
    let boards = try Libfdt.boards()
    for board in stride(from: 0, to: boards.count, by: 20).map({ boards[$0] }) {
      let number = "\(version.rawValue)"
      let dtc = ["dtc", "-q", "-I", "dtb", "-O", "dtb", "-V", number, "-o", scratch.path("dtc.dtb"), board]
      try #require(try run("/usr/bin/env", dtc).status == 0)
      var tree = try DeviceTree(blob: [UInt8](try Data(contentsOf: URL(fileURLWithPath: board))))
      let theirs = try scratch.read("dtc.dtb")
      let isSame = try theirs == tree.blob(version: version)
      #expect(isSame, "\(board)")
      // Version 1 does not hold the boot CPU.
      if version == .v1 { tree.bootCPU = 0 }
      let isReadBack = try DeviceTree(blob: theirs).blob() == tree.blob()
      #expect(isReadBack, "\(board)")
    }
  }

  @Test func aBoardWrittenAgainIsStillAgreedOn() throws {
    let boards = try Libfdt.boards()
    for board in stride(from: 0, to: boards.count, by: 50).map({ boards[$0] }) {
      let tree = try DeviceTree(blob: [UInt8](try Data(contentsOf: URL(fileURLWithPath: board))))
      let blob = try tree.blob(padding: 4096)
      let scratch = try Workspace()
      try scratch.write("blob.dtb", blob)
      try expectAgreement(on: blob, in: scratch.path("blob.dtb"), named: board)
    }
  }

  @Test func libfdtAgreesOnTheTreesOfABuild() throws {
    let work = try TwoGuests.workspace()
    #expect(try grove("build", "system.yaml", "-o", "out", in: work.folder).status == 0)
    for name in ["out/qemu/boot.dtb", "out/uboot/boot.dtb", "out/uefi/EFI/BOOT/boot.dtb"] {
      try expectAgreement(on: try work.read(name), in: work.path(name), named: name)
    }
  }

  private func expectAgreement(on blob: [UInt8], in file: String, named name: String) throws {
    let theirs = try run(Libfdt.reader, [file])
    #expect(theirs.status == 0, "\(name): \(theirs.error)")
    let ours = try Libfdt.transcript(of: blob)
    guard theirs.output != ours else { return }
    let lines = zip(theirs.output.split(separator: "\n"), ours.split(separator: "\n"))
    let difference = lines.first { $0 != $1 }
    Issue.record(
      "\(name): libfdt finds \(difference?.0 ?? "another number of lines"), we find \(difference?.1 ?? "")")
  }

  /// Blobs with what boards do not have: shared and empty names, padding, depth, odd lengths, old phandles.
  private static func ownBlobs() throws -> [(String, [UInt8])] {
    func blob(
      padding: Int = 0, _ build: (inout FlattenedTreeWriter) throws -> Void
    ) throws -> [UInt8] {
      var writer = FlattenedTreeWriter(bootCPU: 0x8000_0001)
      try writer.beginNode("")
      try build(&writer)
      try writer.endNode()
      return try writer.finish(padding: padding)
    }
    return [
      ("empty", try blob { _ in }),
      (
        "shared names",
        try blob(padding: 7) { writer in
          try writer.reserve(FlattenedTree.Reservation(address: 0xFFFF_FFFF_FFFF_F000, size: 0x1000))
          try writer.reserve(FlattenedTree.Reservation(address: 0, size: 1))
          for name in ["assigned-clocks", "clocks", "s", "eg", "reg"] {
            try writer.property(name, Array(name.utf8))
          }
          for name in ["a@1", "a@2", "very-long-name-of-a-node-that-spans-several-words@123456789abcdef0"] {
            try writer.beginNode(name)
            try writer.property("linux,phandle", [0, 0, 0, UInt8(name.utf8.count)])
            try writer.endNode()
          }
        }
      ),
      (
        "depth",
        try blob { writer in
          for level in 0..<2000 { try writer.beginNode("l\(level)") }
          for _ in 0..<2000 { try writer.endNode() }
        }
      ),
      (
        "width",
        try blob { writer in
          for number in 0..<5000 {
            try writer.beginNode("n@\(number)")
            try writer.property("p\(number)", [UInt8](repeating: UInt8(number % 256), count: number % 13))
            try writer.endNode()
          }
        }
      ),
    ]
  }
}

/// The reader over libfdt that `Scripts/test` compiles, and what our own reader says in its words.
enum Libfdt {
  static var isPrepared: Bool { environment["GROVE_LIBFDT_READER"] != nil && environment["GROVE_BOARDS"] != nil }
  static var reader: String { environment["GROVE_LIBFDT_READER"] ?? "" }
  static var boardFolder: String { environment["GROVE_BOARDS"] ?? "" }

  private static let environment = ProcessInfo.processInfo.environment

  /// Every .dtb below the folder of boards.
  static func boards() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: boardFolder)
      .filter { $0.hasSuffix(".dtb") }.sorted().map { boardFolder + "/" + $0 }
  }

  static func transcript(of blob: [UInt8]) throws -> String {
    let tree = try FlattenedTree(blob.span)
    try tree.validate()
    let index = try TreeIndex(tree)
    var text = "cpu \(hex(tree.header.bootCPU))\n"
    var entries = tree.reservations
    while let entry = try entries.next() { text += "reserve \(hex(entry.address)) \(hex(entry.size))\n" }
    var paths: [TreeIndex.Node: String] = [:]
    for node in index.nodes {
      let parent = index.parent(of: node)
      let path = parent.map { (paths[$0] ?? "?") + "/" + (String(index.name(of: node)) ?? "?") } ?? ""
      paths[node] = path
      text += "node \(parent == nil ? "/" : path) \(hex(index.phandle(of: node) ?? 0))\n"
      var properties = index.properties(of: node)
      while let property = properties.next() {
        let value = property.value.array
        text += "property \(String(property.name) ?? "?") \(value.count) \(hex(hash(value)))\n"
      }
      // What is found by walking is found by name as well.
      if index.node(at: parent == nil ? "/" : path) != node { text += "not found at \(path)\n" }
    }
    return text
  }

  private static func hash(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  private static func hex(_ number: some BinaryInteger) -> String { String(number, radix: 16) }
}
