// SPDX-License-Identifier: Apache-2.0
public import FlattenedTree

// The nodes: those of XenPPC. Its last generation tells everything in them; before, they lead to the structure's page.
extension BootInformation {
  /// Reads what a XenPPC guest's tree tells: `/xen` with its console and store, `/chosen`, and the memory. A tree has no magic.
  ///
  /// - Parameter blob: the guest's tree.
  /// - Throws: what is wrong with the blob.
  public init(tree blob: [UInt8]) throws(FlattenedTreeError) {
    self.init()
    let tree = try FlattenedTree(blob.span)
    var events = tree.events()
    var path = OpenPath()
    var memory: UInt64 = 0
    var ramdiskEnd: UInt64 = 0
    var node: (isMemory: Bool, reg: [UInt8]) = (false, [])
    while let event = try events.next() {
      switch event {
      case .beginNode(let name):
        path.begin(name)
        node = (false, [])
      case .property(let property):
        let value = property.value.array
        if property.name == "device_type" { node.isMemory = value.holds(string: "memory") }
        if property.name == "reg" { node.reg = value }
        take(property.name, value, of: path.bytes, &ramdiskEnd)
      case .endNode:
        // Memory nodes have no children, so this is the node that was read last.
        if node.isMemory { memory = memory &+ Self.sizes(in: node.reg) }
        node = (false, [])
        path.end()
      }
    }
    pageCount = memory / SpecialPage.size
    moduleSize = ramdiskEnd > moduleStart ? ramdiskEnd - moduleStart : 0
  }

  private mutating func take(
    _ name: FlattenedTree.Name, _ value: [UInt8], of path: [UInt8], _ ramdiskEnd: inout UInt64
  ) {
    let first = value.count >= 8 ? value.number(at: 0) : 0
    if path.isSame(as: "/xen") {
      if name == "shared-info" { sharedInfo = first }
    } else if path.isSame(as: "/xen/console") {
      if name == "reg" { consolePage = first / SpecialPage.size }
      if name == "interrupts", value.count >= 4 { consolePort = value.word(at: 0) }
    } else if path.isSame(as: "/xen/store") {
      if name == "reg" { storePage = first / SpecialPage.size }
      if name == "interrupts", value.count >= 4 { storePort = value.word(at: 0) }
    } else if path.isSame(as: "/chosen") {
      if name == "bootargs" { commandLine = Array(value.prefix { $0 != 0 }) }
      if name == "linux,initrd-start" { moduleStart = first }
      if name == "linux,initrd-end" { ramdiskEnd = first }
    }
  }

  /// The sizes of ranges whose addresses and sizes have two cells each, added up.
  private static func sizes(in reg: [UInt8]) -> UInt64 {
    var sum: UInt64 = 0
    for offset in stride(from: 8, to: reg.count - 7, by: 16) {
      sum = sum &+ reg.number(at: offset)
    }
    return sum
  }
}
