// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Testing

@Suite struct ValueTests {
  /// Gives the value of the only property to `body`.
  private func value<Result>(
    _ bytes: [UInt8], _ body: (FlattenedTree.Value) throws -> Result
  ) throws -> Result {
    let blob = RawBlob([.begin(""), .property(name: 0, bytes), .endNode, .end], strings: "p\0").bytes
    let index = try TreeIndex(FlattenedTree(blob.span))
    guard let value = index.value("p", of: index.root) else {
      throw FlattenedTreeError(.noSuchProperty, at: 0)
    }
    return try body(value)
  }

  @Test func cells() throws {
    let bytes: [UInt8] = [0, 0, 0, 1, 0x80, 0, 0, 2, 0xFF, 0xFF, 0xFF, 0xFF, 9]
    #expect(try value(bytes) { $0.cellCount } == 3)
    #expect(try value(bytes) { v in (-1...3).map { v.cell($0) } } == [nil, 1, 0x8000_0002, .max, nil])
    #expect(try value(bytes) { $0.cell(.max) } == nil)
  }

  @Test func numbersOfOneAndTwoCells() throws {
    let bytes: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]
    #expect(try value(bytes) { $0.number(at: 0, cells: 2) } == 0x1_0000_0002)
    #expect(try value(bytes) { $0.number(at: 1, cells: 2) } == 0x2_0000_0003)
    #expect(try value(bytes) { $0.number(at: 2, cells: 2) } == nil)
    #expect(try value(bytes) { $0.number(at: 2, cells: 1) } == 3)
    #expect(try value(bytes) { $0.number(at: 0, cells: 3) } == nil)
    #expect(try value(bytes) { $0.number(at: -1, cells: 2) } == nil)
    #expect(try value(bytes) { $0.number } == nil)
    #expect(try value(Array(bytes.prefix(8))) { $0.number } == 0x1_0000_0002)
    #expect(try value(Array(bytes.prefix(4))) { $0.number } == 1)
    #expect(try value(Array(bytes.prefix(5))) { $0.number } == nil)
    #expect(try value([]) { $0.number } == nil)
  }

  @Test(arguments: [
    ("", nil), ("\0", ""), ("abc\0", "abc"), ("abc", nil), ("a\0b\0", nil), ("abcdefghij\0", "abcdefghij"),
    ("\0\0", nil),
  ])
  func text(_ string: String, _ expected: String?) throws {
    #expect(try value(Array(string.utf8)) { $0.string } == expected)
  }

  @Test func textThatIsNotUTF8HasNoString() throws {
    #expect(try value([0xFF, 0]) { $0.string } == nil)
  }

  @Test func stringLists() throws {
    let list = Array("xen,domain\0multiboot,module\0\0open".utf8)
    #expect(try value(list) { $0.contains("xen,domain") })
    #expect(try value(list) { $0.contains("multiboot,module") })
    #expect(try value(list) { $0.contains("") })
    #expect(try !value(list) { $0.contains("open") })
    #expect(try !value(list) { $0.contains("domain") })
    #expect(try !value([]) { $0.contains("") })
  }

  @Test func singleBytes() throws {
    #expect(try value([7, 8]) { v in [-1, 0, 1, 2].map { v[$0] } } == [nil, 7, 8, nil])
    #expect(try value([7, 8]) { $0.array } == [7, 8])
  }

  @Test func namesAreSplitAtTheFirstAt() throws {
    let blob = RawBlob([.begin(""), .begin("pci@1f,0@2"), .endNode, .begin("cpus"), .endNode, .endNode, .end])
    let bytes = blob.bytes
    let index = try TreeIndex(FlattenedTree(bytes.span))
    let parts = index.nodes.map { node in
      let name = index.name(of: node)
      return [String(name.base), string(name.unitAddress)]
    }
    #expect(parts == [["", nil], ["pci", "1f,0@2"], ["cpus", nil]])
  }
}
