// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Testing

/// Trees kept as directories.
@Suite struct DirectoryTests {
  /// A directory in memory: files by path, and what is listed in each directory.
  private struct Directory {
    var files: [String: [UInt8]] = [:]
    var listings: [String: [DeviceTree.DirectoryEntry]] = ["/": []]

    struct Missing: Error, CustomStringConvertible {
      var path: String
      var description: String { "\(path) is missing" }
    }

    mutating func add(_ path: String, _ content: [UInt8]? = nil) {
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      let parent = slash == path.startIndex ? "/" : String(path[..<slash])
      let name = String(path[path.index(after: slash)...])
      listings[parent, default: []].append(DeviceTree.DirectoryEntry(name, content == nil ? .node : .property))
      if let content { files[path] = content } else { listings[path] = [] }
    }

    func tree(
      _ order: DeviceTree.DirectoryOrder = .asListed, limits: DeviceTree.DirectoryLimits = .init()
    ) throws(DeviceTree.DirectoryError<Missing>) -> DeviceTree {
      try DeviceTree(
        order: order, limits: limits,
        list: { path throws(Missing) in
          guard let listing = listings[path] else { throw Missing(path: path) }
          return listing
        },
        read: { path, limit throws(Missing) in
          guard let file = files[path] else { throw Missing(path: path) }
          return Array(file.prefix(limit + 1))
        })
    }
  }

  private static func sample() -> Directory {
    var directory = Directory()
    directory.add("/soc")
    directory.add("/model", Array("x\0".utf8))
    directory.add("/cpus")
    directory.add("/#address-cells", [0, 0, 0, 1])
    directory.add("/cpus/cpu@7")
    directory.add("/cpus/cpu@0")
    directory.add("/cpus/cpu@7/reg", [0, 0, 0, 7])
    directory.add("/cpus/empty", [])
    return directory
  }

  @Test func directoriesAreNodesAndFilesAreProperties() throws {
    let tree = try Self.sample().tree()
    #expect(
      tree.walk().map { tree.path(of: $0) } == ["/", "/soc", "/cpus", "/cpus/cpu@7", "/cpus/cpu@0"])
    #expect(tree[tree.root].properties.map(\.name) == ["model", "#address-cells"])
    #expect(tree[tree.root, "model"]?.string == "x")
    let cpus = try #require(tree.node(at: "/cpus"))
    #expect(tree[cpus, "empty"]?.isEmpty == true)
    #expect(tree.bootCPU == 7)
  }

  @Test func orderByNameIsThatOfBytes() throws {
    let tree = try Self.sample().tree(.byName)
    #expect(
      tree.walk().map { tree.path(of: $0) } == ["/", "/cpus", "/cpus/cpu@0", "/cpus/cpu@7", "/soc"])
    #expect(tree[tree.root].properties.map(\.name) == ["#address-cells", "model"])
    var other = Directory()
    for name in ["/a10", "/a9", "/B", "/a", "/é"] { other.add(name) }
    #expect(
      try other.tree(.byName).walk().dropFirst().map { "/" + (try other.tree(.byName))[$0].name }
        == ["/B", "/a", "/a10", "/a9", "/é"])
  }

  @Test func filesThatSayTheNameOfTheirDirectoryAreLeftOut() throws {
    var directory = Self.sample()
    directory.add("/name", [0])
    directory.add("/cpus/name", Array("cpus\0".utf8))
    directory.add("/cpus/cpu@7/name", Array("cpu\0".utf8))
    directory.add("/cpus/cpu@0/name", Array("other\0".utf8))
    let tree = try directory.tree()
    let named = tree.walk().filter { tree[$0, "name"] != nil }.map { tree.path(of: $0) }
    #expect(named == ["/cpus/cpu@0"])
  }

  @Test func whatCannotBeReadIsNamed() throws {
    var directory = Self.sample()
    directory.files["/cpus/cpu@7/reg"] = nil
    let error = #expect(throws: DeviceTree.DirectoryError<Directory.Missing>.self) { try directory.tree() }
    #expect(error?.description == "/cpus/cpu@7/reg is missing")
    directory.listings["/soc"] = nil
    let other = #expect(throws: DeviceTree.DirectoryError<Directory.Missing>.self) { try directory.tree() }
    #expect(other?.description == "/soc is missing")
  }

  @Test func depthHasALimit() throws {
    var directory = Directory()
    var path = ""
    for _ in 0..<64 {
      path += "/d"
      directory.add(path)
    }
    #expect(try directory.tree().walk().reduce(0) { count, _ in count + 1 } == 65)
    directory.add(path + "/e")
    let error = #expect(throws: DeviceTree.DirectoryError<Directory.Missing>.self) { try directory.tree() }
    #expect(error?.description == "\(path)/e is more than 64 directories deep")
  }

  @Test func aDirectoryThatHoldsItselfComesToAnEnd() {
    let error = #expect(throws: DeviceTree.DirectoryError<Never>.self) {
      try DeviceTree(
        order: .byName, list: { _ throws(Never) in [DeviceTree.DirectoryEntry("d", .node)] },
        read: { _, _ throws(Never) in [] })
    }
    #expect(error?.description.hasSuffix("/d is more than 64 directories deep") == true)
  }

  @Test func entriesHaveALimit() throws {
    var limits = DeviceTree.DirectoryLimits()
    limits.entries = 8
    #expect(throws: Never.self) { try Self.sample().tree(limits: limits) }
    limits.entries = 7
    let error = #expect(throws: DeviceTree.DirectoryError<Directory.Missing>.self) {
      try Self.sample().tree(limits: limits)
    }
    #expect(error?.description == "the directory holds more than 7 nodes and properties")
  }

  @Test func valuesHaveALimit() throws {
    var directory = Self.sample()
    var limits = DeviceTree.DirectoryLimits()
    limits.bytes = 3 << 20
    let used = directory.files.values.reduce(0) { $0 + $1.count }
    directory.add("/soc/big", [UInt8](repeating: 1, count: limits.bytes - used))
    #expect(throws: Never.self) { try directory.tree(limits: limits) }
    directory.add("/soc/one-more", [1])
    let error = #expect(throws: DeviceTree.DirectoryError<Directory.Missing>.self) {
      try directory.tree(limits: limits)
    }
    // The nodes below the others are read before /soc's second file would be.
    #expect(error?.description == "with /cpus/cpu@7/reg, the values have more than 3 MiB")
  }
}
