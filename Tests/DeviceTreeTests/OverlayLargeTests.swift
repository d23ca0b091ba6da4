// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing

/// Overlays on which anything recursive overflows the stack and anything quadratic never ends. The times
/// are printed.
@Suite(.serialized) struct OverlayLargeTests {
  /// A base with labelled nodes, and an overlay with a fragment for each: a new property, a new labelled
  /// node, a reference to another node of the base and one to the new node.
  private static func fragments(_ count: Int) throws -> (base: DeviceTree, overlay: DeviceTree) {
    var base = DeviceTree()
    let soc = base.addChild("soc", to: base.root)
    var symbols: [DeviceTree.Property] = []
    for number in 0..<count {
      let node = base.addChild("dev@\(String(number, radix: 16))", to: soc)
      base[node].properties = [
        DeviceTree.Property("phandle", .cell(UInt32(truncatingIfNeeded: number + 1)))
      ]
      symbols.append(DeviceTree.Property("d\(number)", .string("/soc/" + base[node].name)))
    }
    base[base.addChild("__symbols__", to: base.root)].properties = symbols

    var overlay = DeviceTree()
    var fixups: [DeviceTree.Property] = []
    var labels: [DeviceTree.Property] = []
    for number in 0..<count {
      let fragment = overlay.addChild("fragment@\(number)", to: overlay.root)
      overlay[fragment].properties = [DeviceTree.Property("target", .open)]
      let content = overlay.addChild("__overlay__", to: fragment)
      overlay[content].properties = [
        DeviceTree.Property("status", .string("okay")), DeviceTree.Property("link", .open),
        DeviceTree.Property("own", .cell(UInt32(truncatingIfNeeded: number + 1))),
      ]
      let port = overlay.addChild("port", to: content)
      overlay[port].properties = [
        DeviceTree.Property("phandle", .cell(UInt32(truncatingIfNeeded: number + 1)))
      ]
      fixups.append(
        DeviceTree.Property(
          "d\(number)",
          .strings([
            "/fragment@\(number):target:0", "/fragment@\((number * 7919) % count)/__overlay__:link:0",
          ])))
      labels.append(DeviceTree.Property("p\(number)", .string("/fragment@\(number)/__overlay__/port")))
    }
    overlay[overlay.addChild("__symbols__", to: overlay.root)].properties = labels
    overlay[overlay.addChild("__fixups__", to: overlay.root)].properties = fixups
    let local = overlay.addChild("__local_fixups__", to: overlay.root)
    for number in 0..<count {
      let content = overlay.addChild(
        "__overlay__", to: overlay.addChild("fragment@\(number)", to: local))
      overlay[content].properties = [DeviceTree.Property("own", .cell(0))]
    }
    return (base, overlay)
  }

  private func timed(_ what: String, _ work: () throws -> Void) rethrows {
    let time = try ContinuousClock().measure(work)
    print("overlay: \(what): \(time.formatted)")
  }

  @Test(arguments: [100, 1_000, 10_000, 100_000])
  func manyFragments(_ count: Int) throws {
    var (tree, overlay) = try Self.fragments(count)
    try timed("\(count) fragments") { try tree.apply(overlay: overlay, named: "o.dtbo") }
    for number in stride(from: 0, to: count, by: 97) {
      let node = try #require(tree.node(at: "/soc/dev@\(String(number, radix: 16))"))
      #expect(tree[node].properties.map(\.name) == ["own", "link", "status", "phandle"])
      #expect(tree[node, "own"]?.cell == UInt32(truncatingIfNeeded: count + number + 1))
      let port = try #require(tree.child(of: node, named: "port"))
      #expect(tree[port, "phandle"] == tree[node, "own"])
    }
    let symbols = try #require(tree.node(at: "/__symbols__"))
    #expect(tree[symbols].properties.count == 2 * count)
    #expect(tree[symbols].properties[0].value.string == "/soc/dev@\(String(count - 1, radix: 16))/port")
  }

  @Test func manyFragmentsForOneNode() throws {
    let count = 100_000
    var tree = DeviceTree(["/t": [:]])
    var overlay = DeviceTree()
    for number in 0..<count {
      let fragment = overlay.addChild("fragment@\(number)", to: overlay.root)
      overlay[fragment].properties = [DeviceTree.Property("target-path", .string("/t"))]
      let content = overlay.addChild("__overlay__", to: fragment)
      overlay[content].properties = [DeviceTree.Property("p\(number)", .empty)]
      overlay.addChild("n\(number)", to: content)
    }
    try timed("\(count) fragments for one node") { try tree.apply(overlay: overlay, named: "o.dtbo") }
    let target = try #require(tree.node(at: "/t"))
    #expect(tree[target].properties.map(\.name) == (0..<count).reversed().map { "p\($0)" })
    #expect(tree.children(of: target).map { tree[$0].name } == (0..<count).reversed().map { "n\($0)" })
  }

  @Test func manyLevels() throws {
    let levels = 100_000
    var base = DeviceTree()
    var overlay = DeviceTree(["/fragment@0": ["target-path": .string("/")], "/fragment@0/__overlay__": [:]])
    var local = overlay.ensureChild("__local_fixups__", of: overlay.root)
    for name in ["fragment@0", "__overlay__"] { local = overlay.addChild(name, to: local) }
    var node = base.root
    var content = try #require(overlay.node(at: "/fragment@0/__overlay__"))
    for level in 0..<levels {
      if level < levels / 2 { node = base.addChild("n", to: node) }
      content = overlay.addChild("n", to: content)
      overlay[content].properties = [DeviceTree.Property("p", .cell(UInt32(truncatingIfNeeded: level)))]
      local = overlay.addChild("n", to: local)
      overlay[local].properties = [DeviceTree.Property("p", .cell(0))]
    }
    base[node].properties = [DeviceTree.Property("phandle", .cell(1))]
    try timed("\(levels) levels") { try base.apply(overlay: overlay, named: "o.dtbo") }
    let nodes = Array(base.walk())
    #expect(nodes.count == levels + 1)
    #expect(nodes.last.flatMap { base[$0, "p"]?.cell } == UInt32(truncatingIfNeeded: levels))
  }

  @Test func manyUnknownLabels() throws {
    let count = 100_000
    var tree = DeviceTree(["/t": ["phandle": .cell(1)]])
    let symbols = tree.addChild("__symbols__", to: tree.root)
    tree[symbols].properties = (0..<count).map { DeviceTree.Property("label\($0)", .string("/t")) }
    var overlay = DeviceTree(["/fragment@0": ["target-path": .string("/t")]])
    let content = try #require(overlay.node(at: "/fragment@0")).self
    overlay[overlay.addChild("__overlay__", to: content)].properties = [DeviceTree.Property("p", .open)]
    overlay[overlay.addChild("__fixups__", to: overlay.root)].properties = (0..<count).map {
      DeviceTree.Property("labex\($0)", .string("/fragment@0/__overlay__:p:0"))
    }
    let failure = #expect(throws: Failure.self) {
      try timed("\(count) unknown labels") { try tree.apply(overlay: overlay, named: "o.dtbo") }
    }
    #expect(failure?.diagnostics.count == 101)
    #expect(failure?.diagnostics.first?.hint == "did you mean 'label0'?")
  }

  @Test func labelsWithPathsThatDoNotFitAreRefused() throws {
    // Each label of the overlay would get a path as long as the base is deep.
    let levels = 60_000
    var tree = DeviceTree()
    var node = tree.root
    for _ in 0..<levels { node = tree.addChild("node", to: node) }
    tree[node].properties = [DeviceTree.Property("phandle", .cell(1))]
    var overlay = DeviceTree(["/fragment@0": ["target": .cell(1)], "/fragment@0/__overlay__": [:]])
    overlay[overlay.addChild("__symbols__", to: overlay.root)].properties = (0..<levels).map {
      DeviceTree.Property("l\($0)", .string("/fragment@0/__overlay__"))
    }
    let failure = #expect(throws: Failure.self) { try tree.apply(overlay: overlay, named: "o.dtbo") }
    #expect(
      failure?.diagnostics == [
        .error("overlay-limit", "the labels' paths are longer than 256 MiB together", at: Place(file: "o.dtbo"))
      ])
  }
}

extension Duration {
  /// In milliseconds.
  fileprivate var formatted: String {
    "\(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000) ms"
  }
}
