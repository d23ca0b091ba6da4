// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Testing
import TreeChecks

/// Trees far larger than any real one: a pass that is not linear would not end.
@Suite struct LargeTreeTests {
  private static let size = 100_000

  private func property(_ name: String, _ value: PropertyValue = .empty) -> DeviceTree.Property {
    DeviceTree.Property(name, value)
  }

  @Test func deepNestingCostsNoStack() {
    var tree = DeviceTree()
    var node = tree.root
    for _ in 0..<Self.size {
      node = tree.addChild("bus", to: node)
      tree[node].properties = [
        property("interrupts", .cell(1)), property("#address-cells", .cell(1)), property("#size-cells", .cell(1)),
        property("ranges"), property("compatible", .string("simple-bus")),
      ]
    }
    let result = runChecks(&tree, options: CheckOptions(origin: .blob))
    #expect(result.findings.count { $0.check == "interrupts_property" } == Self.size)
    #expect(result.findings.count { $0.check == "ranges_format" } == 1)
    #expect(result.findings.last?.path?.utf8.count ?? 0 > 0)
  }

  @Test func manyAlikeNodesGiveABoundedNumberOfMessages() {
    var tree = DeviceTree()
    for _ in 0..<Self.size { tree.addChild("same@1", to: tree.root) }
    let result = runChecks(&tree, options: CheckOptions(origin: .blob))
    #expect(result.hasErrors)
    #expect(result.findings.count == Self.size - 1)
  }

  @Test func manyUsersOfOneProviderFindIt() {
    var tree = DeviceTree()
    let provider = tree.addChild("provider", to: tree.root)
    tree[provider].properties = (0..<Self.size).map { property("p\($0)") }
    tree[provider].properties += [property("phandle", .cell(1)), property("#clock-cells", .cell(0))]
    let users = tree.addChild("users", to: tree.root)
    tree[users].properties = [property("clocks", .cells(Array(repeating: 1, count: Self.size)))]
    for number in 0..<Self.size {
      let user = tree.addChild("u\(number)", to: users)
      tree[user].properties = [property("clocks", .cell(1)), property("interrupt-parent", .cell(1))]
      tree[user].properties.append(property("interrupts", .cell(1)))
    }
    let result = runChecks(&tree, options: CheckOptions(origin: .blob))
    #expect(result.findings.count == Self.size)
    #expect(result.findings.first?.text == "Missing interrupt-controller or interrupt-map property")
  }

  @Test func manyLabelsAndReferencesResolve() {
    var tree = DeviceTree()
    var marks: [PropertyValue.Mark] = []
    for number in 0..<Self.size {
      let node = tree.addChild("n\(number)", to: tree.root)
      tree[node].labels = ["l\(number)"]
      marks.append(PropertyValue.Mark(offset: number * 4, .phandle(.label("l\(number)"))))
    }
    let value = PropertyValue(bytes: Array(repeating: 0xFF, count: Self.size * 4), marks: marks)
    tree[tree.root].properties = [property("all", value)]
    let result = runChecks(&tree)
    #expect(result.findings.isEmpty)
    #expect(tree[tree.root, "all"]?.cells == (1...UInt32(Self.size)).map { $0 })
  }
}
