// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Testing

/// What a structure block may hold and what not, with the offset at which it shows.
@Suite struct GrammarTests {
  @Test func aTreeIsReadInOrder() throws {
    #expect(
      try transcript(of: RawBlob.small.bytes) == [
        " {", "a = 7800 @ 76", "b =  @ 92", "n@1 {", "reg = 00000001 @ 112", "}", "n@2 {", "}", "}",
      ])
  }

  @Test func nopsAreSkippedEverywhere() throws {
    let blob = RawBlob(
      [
        .nop, .begin(""), .nop, .nop, .property(name: 0, [1]), .nop, .begin("n"), .nop, .endNode, .nop,
        .endNode, .nop, .end,
      ], strings: "a\0")
    #expect(try transcript(of: blob.bytes) == [" {", "a = 01 @ 88", "n {", "}", "}"])
  }

  @Test func aNameMayStartInsideAnother() throws {
    let blob = RawBlob([.begin(""), .property(name: 3, []), .endNode, .end], strings: "xx-reg\0")
    #expect(try transcript(of: blob.bytes) == [" {", "reg =  @ 76", "}"])
  }

  @Test func aNameAtTheVeryEndOfTheStringsIsEmpty() throws {
    let blob = RawBlob([.begin(""), .property(name: 1, []), .endNode, .end], strings: "a\0")
    #expect(try transcript(of: blob.bytes) == [" {", " =  @ 76", "}"])
  }

  @Test(
    arguments: [
      ([], FlattenedTreeError.Code.structureTruncated, 56),
      ([.end], .noRoot, 56),
      ([.nop, .end], .noRoot, 60),
      ([.begin("")], .structureTruncated, 64),
      ([.begin(""), .endNode], .structureTruncated, 68),
      ([.begin(""), .end], .nodeNotEnded, 64),
      ([.begin(""), .begin("n"), .endNode, .end], .nodeNotEnded, 76),
      ([.endNode, .end], .endWithoutNode, 56),
      ([.begin(""), .endNode, .endNode, .end], .endWithoutNode, 68),
      ([.begin("root"), .endNode, .end], .rootHasName, 60),
      ([.begin("/"), .endNode, .end], .rootHasName, 60),
      ([.begin(""), .endNode, .begin(""), .endNode, .end], .secondRoot, 68),
      ([.property(name: 0, []), .begin(""), .endNode, .end], .propertyOutsideNode, 56),
      ([.begin(""), .endNode, .property(name: 0, []), .end], .propertyOutsideNode, 68),
      (
        [.begin(""), .begin("n"), .endNode, .property(name: 0, []), .endNode, .end], .propertyAfterSubnode, 76
      ),
      ([.begin(""), .word(0), .endNode, .end], .unknownToken, 64),
      ([.begin(""), .word(5), .endNode, .end], .unknownToken, 64),
      ([.begin(""), .word(0x0100_0000), .endNode, .end], .unknownToken, 64),
      ([.begin(""), .endNode, .end, .nop], .endNotAtEnd, 72),
      ([.begin(""), .endNode, .end, .end], .endNotAtEnd, 72),
      ([.word(1), .word(0x6161_6161), .word(0x6161_6161)], .nodeNameUnterminated, 60),
      ([.word(1)], .nodeNameUnterminated, 60),
      ([.begin(""), .word(3)], .structureTruncated, 64),
      ([.begin(""), .word(3), .word(0)], .structureTruncated, 64),
      ([.begin(""), .word(3), .word(1), .word(0)], .valueOutOfBounds, 68),
      ([.begin(""), .word(3), .word(5), .word(0), .end], .valueOutOfBounds, 68),
      ([.begin(""), .word(3), .word(.max), .word(0), .endNode, .end], .valueOutOfBounds, 68),
      ([.begin(""), .word(3), .word(0x7FFF_FFFD), .word(0), .endNode, .end], .valueOutOfBounds, 68),
      ([.begin(""), .property(name: 3, []), .endNode, .end], .propertyNameUnterminated, 83),
      ([.begin(""), .property(name: 4, []), .endNode, .end], .propertyNameOutOfBounds, 72),
      ([.begin(""), .property(name: .max, []), .endNode, .end], .propertyNameOutOfBounds, 72),
    ] as [([RawBlob.Token], FlattenedTreeError.Code, Int)])
  func wrongStructures(_ tokens: [RawBlob.Token], _ code: FlattenedTreeError.Code, _ offset: Int) {
    var blob = RawBlob(tokens, strings: "ab\0c")
    // The name that is never ended stands last in the strings block.
    let expected = code == .propertyNameUnterminated ? 56 + blob.structure.count + 3 : offset
    #expect(fault(in: blob) == FlattenedTreeError(code, at: expected))
    // A structure block whose size is not stated is judged alike, but what follows its end is not part of it.
    blob.version = 16
    guard !tokens.isEmpty else { return }
    #expect(fault(in: blob)?.code == (code == .endNotAtEnd ? nil : code))
  }

  @Test func aStructureThatIsNoWholeNumberOfWordsIsTruncated() {
    var blob = RawBlob([.begin(""), .endNode])
    blob.structure += [0, 0, 0]
    #expect(fault(in: blob) == FlattenedTreeError(.structureTruncated, at: 68))
  }

  @Test func aNameOf1023BytesIsReadAndOneOf1024Refused() throws {
    func blob(_ count: Int) -> RawBlob {
      RawBlob(
        [.begin(""), .property(name: 0, []), .endNode, .end],
        strings: String(repeating: "x", count: count) + "\0")
    }
    #expect(fault(in: blob(FlattenedTree.longestPropertyName)) == nil)
    for count in 1024..<1050 {
      #expect(fault(in: blob(count)) == FlattenedTreeError(.propertyNameTooLong, at: 84))
    }
  }

  @Test func aCursorStaysBeforeAFault() throws {
    let bytes = RawBlob([.begin(""), .word(7), .endNode, .end]).bytes
    let tree = try FlattenedTree(bytes.span)
    var events = tree.events()
    _ = try events.next()
    for _ in 0..<3 {
      #expect(throws: FlattenedTreeError(.unknownToken, at: 64)) { _ = try events.next() }
    }
  }

  @Test func aCursorThatHasEndedStaysEnded() throws {
    let bytes = RawBlob([.begin(""), .endNode, .end]).bytes
    let tree = try FlattenedTree(bytes.span)
    var events = tree.events()
    while try events.next() != nil {}
    for _ in 0..<3 {
      let event = try events.next()
      let ended = event == nil
      #expect(ended)
    }
  }

  @Test func aNodeIsSkippedWithAllThatIsInIt() throws {
    let bytes = RawBlob(
      [
        .begin(""), .begin("a"), .property(name: 0, []), .begin("b"), .endNode, .endNode, .begin("c"),
        .endNode, .endNode, .end,
      ], strings: "p\0"
    ).bytes
    let tree = try FlattenedTree(bytes.span)
    var events = tree.events()
    var seen: [String] = []
    while let event = try events.next() {
      if case .beginNode(let name) = event {
        seen.append(String(name) ?? "?")
        if name == "a" { try events.skipNode() }
      }
    }
    #expect(seen == ["", "a", "c"])
    try events.skipNode()
    #expect(events.depth == 0)
  }

  @Test func everyFaultHasASentenceOfItsOwn() {
    let sentences = FlattenedTreeError.Code.allCases.map(\.sentence)
    #expect(Set(sentences).count == sentences.count)
    #expect(
      FlattenedTreeError(.propertyAfterSubnode, at: 72).description
        == "a property stands after a subnode (at byte 72)")
  }
}
