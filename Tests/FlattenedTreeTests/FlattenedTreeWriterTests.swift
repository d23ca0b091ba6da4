// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Testing

@Suite struct FlattenedTreeWriterTests {
  @Test func theBytesAreThoseOfDtc() throws {
    // /memreserve/ 0x1000 0x2000; / { a = <1>; b = <0 1>; cpus { #address-cells = <1>; cpu@0 { reg = <0>; empty; }; }; };
    var writer = FlattenedTreeWriter()
    try writer.reserve(FlattenedTree.Reservation(address: 0x1000, size: 0x2000))
    try writer.beginNode("")
    try writer.property("a", [0, 0, 0, 1])
    try writer.property("b", [0, 0, 0, 0, 0, 0, 0, 1])
    try writer.beginNode("cpus")
    try writer.property("#address-cells", [0, 0, 0, 1])
    try writer.beginNode("cpu@0")
    try writer.property("reg", [0, 0, 0, 0])
    try writer.property("empty", [])
    try writer.endNode()
    try writer.endNode()
    try writer.endNode()
    let blob = try writer.finish()

    var expected: [UInt8] = []
    for word: UInt32 in [
      0xD00D_FEED, 229, 0x48, 0xC8, 0x28, 17, 16, 0, 0x1D, 0x80,
      0, 0x1000, 0, 0x2000, 0, 0, 0, 0,
      1, 0, 3, 4, 0, 1, 3, 8, 2, 0, 1,
      1, 0x6370_7573, 0, 3, 4, 4, 1,
      1, 0x6370_7540, 0x3000_0000, 3, 4, 0x13, 0, 3, 0, 0x17, 2, 2, 2, 9,
    ] { expected += bigEndian(word) }
    expected += Array("a\0b\0#address-cells\0reg\0empty\0".utf8)
    #expect(blob == expected)
  }

  @Test func theStringTableSharesWhatStandsInItAlready() throws {
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    for name in ["assigned-clocks", "clocks", "reg", "clocks-reg", "s", "eg", "reg", "", "clock"] {
      try writer.property(name, [])
    }
    try writer.endNode()
    let blob = try writer.finish()
    let header = try FlattenedTree(blob.span).header
    let strings = blob[header.stringsOffset..<header.totalSize]
    #expect(String(decoding: strings, as: UTF8.self) == "assigned-clocks\0reg\0clocks-reg\0clock\0")
    let names = (0..<9).map { property in
      Array(blob[header.structureOffset + 16 + 12 * property..<header.structureOffset + 20 + 12 * property])
    }
    // The first place in the table counts: `reg` at 16 even after `clocks-reg`, `s` inside `assigned-clocks`.
    #expect(names == [0, 9, 16, 20, 14, 17, 16, 15, 31].map { bigEndian($0) })
  }

  @Test func whatIsWrittenIsReadBack() throws {
    var writer = FlattenedTreeWriter(bootCPU: 3)
    try writer.beginNode("")
    try writer.property("empty", [])
    for length in 1...9 { try writer.property("p\(length)", [UInt8](1...UInt8(length))) }
    try writer.beginNode("a-name-of-more-than-one-word@80000000")
    try writer.endNode()
    try writer.endNode()
    let blob = try writer.finish(padding: 5)
    #expect(fault(in: blob) == nil)
    #expect(blob.suffix(5) == [0, 0, 0, 0, 0])
    #expect(try FlattenedTree(blob.span).header.totalSize == blob.count)
    #expect(try FlattenedTree(blob.span).header.bootCPU == 3)
    let lines = try transcript(of: blob).map { $0.prefix { $0 != "@" } }
    #expect(lines[5] == "p4 = 01020304 ")
    #expect(lines[6] == "p5 = 0102030405 ")
    #expect(lines.count == 14)
  }

  private func error(_ build: (inout FlattenedTreeWriter) throws -> Void) -> FlattenedTreeError? {
    var writer = FlattenedTreeWriter()
    do {
      try build(&writer)
      _ = try writer.finish()
      return nil
    } catch {
      return error as? FlattenedTreeError
    }
  }

  @Test func misuseIsRefused() {
    #expect(error { _ in } == FlattenedTreeError(.noRoot, at: 56))
    #expect(error { try $0.beginNode("") } == FlattenedTreeError(.nodeNotEnded, at: 64))
    #expect(error { try $0.beginNode("n") } == FlattenedTreeError(.rootHasName, at: 56))
    #expect(error { try $0.property("p", []) } == FlattenedTreeError(.propertyOutsideNode, at: 56))
    #expect(error { try $0.endNode() } == FlattenedTreeError(.endWithoutNode, at: 56))
    #expect(
      error {
        try $0.beginNode("")
        try $0.endNode()
        try $0.beginNode("")
      } == FlattenedTreeError(.secondRoot, at: 68))
    #expect(
      error {
        try $0.beginNode("")
        try $0.beginNode("n")
        try $0.endNode()
        try $0.property("p", [])
      } == FlattenedTreeError(.propertyAfterSubnode, at: 76))
    #expect(
      error {
        try $0.beginNode("")
        try $0.beginNode("a\0b")
      } == FlattenedTreeError(.nameHasZero, at: 64))
    #expect(
      error {
        try $0.beginNode("")
        try $0.property("\0", [])
      } == FlattenedTreeError(.nameHasZero, at: 64))
    #expect(
      error {
        try $0.beginNode("")
        try $0.property(String(repeating: "x", count: 1024), [])
      } == FlattenedTreeError(.propertyNameTooLong, at: 64))
    #expect(
      error { try $0.reserve(FlattenedTree.Reservation(address: 1, size: 0)) }
        == FlattenedTreeError(.reservationWithoutSize, at: 56))
  }

  @Test func aRefusedCallLeavesTheWriterAsItWas() throws {
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    #expect(throws: FlattenedTreeError.self) { try writer.property("a\0", [1]) }
    #expect(throws: FlattenedTreeError.self) { try writer.beginNode("b\0") }
    try writer.endNode()
    #expect(throws: FlattenedTreeError.self) { try writer.endNode() }
    #expect(try transcript(of: writer.finish()) == [" {", "}"])
  }
}
