// SPDX-License-Identifier: Apache-2.0
import FlattenedTree

/// A blob put together by hand, right or wrong.
struct RawBlob {
  var version: UInt32 = 17
  var lastCompatibleVersion: UInt32 = 16
  var bootCPU: UInt32 = 0
  var reservations: [UInt64] = [0, 0]
  var structure: [UInt8] = []
  var strings: [UInt8] = []

  /// An offset in the header and what to write there instead of what is right.
  var overrides: [Int: UInt32] = [:]

  static let structureOffset = 56

  init(_ tokens: [Token], strings: String = "") {
    structure = tokens.flatMap(\.bytes)
    self.strings = Array(strings.utf8)
  }

  enum Token {
    case begin(String)
    case property(name: UInt32, [UInt8])
    case endNode, nop, end
    case word(UInt32)
    case bytes([UInt8])

    var bytes: [UInt8] {
      switch self {
      case .begin(let name): bigEndian(1) + padded(Array(name.utf8) + [0])
      case .property(let name, let value):
        bigEndian(3) + bigEndian(UInt32(value.count)) + bigEndian(name) + padded(value)
      case .endNode: bigEndian(2)
      case .nop: bigEndian(4)
      case .end: bigEndian(9)
      case .word(let word): bigEndian(word)
      case .bytes(let bytes): padded(bytes)
      }
    }
  }

  var bytes: [UInt8] {
    let reserved = reservations.flatMap { bigEndian(UInt32($0 >> 32)) + bigEndian(UInt32($0 & 0xFFFF_FFFF)) }
    let structureOffset = 40 + reserved.count
    let stringsOffset = structureOffset + structure.count
    let total = stringsOffset + strings.count
    let header: [UInt32] = [
      0xD00D_FEED, UInt32(total), UInt32(structureOffset), UInt32(stringsOffset), 40, version,
      lastCompatibleVersion, bootCPU, UInt32(strings.count), UInt32(structure.count),
    ]
    var bytes = header.flatMap { bigEndian($0) } + reserved + structure + strings
    for (offset, word) in overrides { bytes.replaceSubrange(offset..<offset + 4, with: bigEndian(word)) }
    return bytes
  }

  func with(_ offset: Int, _ word: UInt32) -> RawBlob {
    var blob = self
    blob.overrides[offset] = word
    return blob
  }

  // / { a = "x"; b; n@1 { reg = <1>; }; n@2 { }; }
  static let small = RawBlob(
    [
      .begin(""), .property(name: 0, [0x78, 0]), .property(name: 2, []),
      .begin("n@1"), .property(name: 4, [0, 0, 0, 1]), .endNode,
      .begin("n@2"), .endNode,
      .endNode, .end,
    ], strings: "a\0b\0reg\0")
}

func bigEndian(_ word: UInt32) -> [UInt8] {
  [UInt8(word >> 24), UInt8(word >> 16 & 0xFF), UInt8(word >> 8 & 0xFF), UInt8(word & 0xFF)]
}

private func padded(_ bytes: [UInt8]) -> [UInt8] {
  bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
}

/// What a cursor sees, as text: `n@1 {`, `reg = 00000001 @ 100`, `}`.
func transcript(of blob: [UInt8]) throws(FlattenedTreeError) -> [String] {
  let tree = try FlattenedTree(blob.span)
  var lines: [String] = []
  var events = tree.events()
  while let event = try events.next() {
    switch event {
    case .beginNode(let name): lines.append("\(String(name) ?? "?") {")
    case .property(let property):
      let value = property.value.array.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      lines.append("\(String(property.name) ?? "?") = \(value) @ \(property.value.offset)")
    case .endNode: lines.append("}")
    }
  }
  return lines
}

/// A copy of a name that may be missing.
func string(_ name: FlattenedTree.Name?) -> String? {
  guard let name else { return nil }
  return String(name)
}

/// The fault that full validation finds, or nil.
func fault(in blob: [UInt8]) -> FlattenedTreeError? {
  do throws(FlattenedTreeError) {
    try FlattenedTree(blob.span).validate()
    return nil
  } catch {
    return error
  }
}

func fault(in blob: RawBlob) -> FlattenedTreeError? { fault(in: blob.bytes) }
