// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree
internal import XenFacts

/// The nodes of a host's tree that facts are read from, found in one pass.
struct HostNodes {
  struct Node {
    var path: [UInt8]
    var properties: [(name: [UInt8], value: [UInt8])]

    var name: [UInt8] {
      guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return path }
      return Array(path[(slash + 1)...])
    }

    func value(of property: StaticString) -> [UInt8]? {
      let name = property.bytes
      return properties.first { $0.name == name }?.value
    }
  }

  private var nodes: [Node?] = Array(repeating: nil, count: HostFactRule.Place.allCases.count)

  subscript(place: HostFactRule.Place) -> Node? { nodes[Int(place.rawValue)] }

  /// - Throws: what is wrong with the blob.
  init(_ blob: [UInt8]) throws(FlattenedTreeError) {
    let tree = try FlattenedTree(blob.span)
    var events = tree.events()
    var path = OpenPath()
    // Properties stand before children, so those of one node are held at a time. Where they are, not what they are.
    var properties: [(name: Range<Int>, value: Range<Int>)] = []
    var isComplete = true
    while let event = try events.next() {
      switch event {
      case .beginNode(let name):
        if !isComplete { settle(path, properties, blob) }
        path.begin(name)
        properties.removeAll(keepingCapacity: true)
        isComplete = false
      case .property(let property):
        let name = property.name
        properties.append(
          (
            name.offset..<(name.offset + name.count),
            property.value.offset..<(property.value.offset + property.value.count)
          ))
      case .endNode:
        if !isComplete { settle(path, properties, blob) }
        isComplete = true
        path.end()
      }
    }
  }

  /// Takes a node whose properties are complete, when it is the first of a place.
  private mutating func settle(
    _ path: OpenPath, _ properties: [(name: Range<Int>, value: Range<Int>)], _ blob: [UInt8]
  ) {
    func value(_ name: StaticString) -> [UInt8]? {
      let name = name.bytes
      for property in properties where blob[property.name].elementsEqual(name) { return Array(blob[property.value]) }
      return nil
    }
    func take(_ place: HostFactRule.Place) {
      guard self[place] == nil else { return }
      nodes[Int(place.rawValue)] = Node(
        path: path.bytes, properties: properties.map { (Array(blob[$0.name]), Array(blob[$0.value])) })
    }
    if path.depth == 3, path.bytes.starts(with: Self.processors) {
      take(.firstOfCPUs)
      if self[.cpu] == nil, value("device_type")?.holds(string: "cpu") == true { take(.cpu) }
    }
    guard self[.controller] == nil || self[.timer] == nil, let compatible = value("compatible") else { return }
    if self[.timer] == nil, compatible.holds(anyOf: ArmCompatible.timers) { take(.timer) }
    if self[.controller] == nil,
      compatible.holds(string: ArmCompatible.gicV3) || compatible.holds(anyOf: ArmCompatible.gicV2),
      value("interrupt-controller") != nil
    {
      take(.controller)
    }
  }

  private static let processors = ("/cpus/" as StaticString).bytes
}
