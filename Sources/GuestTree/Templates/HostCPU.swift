// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

/// The first CPU of a host's tree, copied into a guest's.
enum HostCPU {
  /// Begins the node and copies its properties.
  ///
  /// - Returns: false when the host has no CPU.
  static func begin<Sink: GuestTreeSink>(
    _ blob: [UInt8], _ rules: HostCPURules, _ composer: inout Composer<Sink>
  ) throws(FlattenedTreeError) -> Bool {
    let tree = try FlattenedTree(blob.span)
    var events = tree.events()
    var isInCPUs = false
    var isOpen = false
    while let event = try events.next() {
      switch event {
      case .beginNode(let name):
        if events.depth == 2 { isInCPUs = name == "cpus" }
        if isOpen { return true }
        guard isInCPUs, events.depth == 3 else { continue }
        if rules.base == nil {
          try composer.beginNode(name.bytes)
        } else {
          try composer.beginNode()
        }
        isOpen = true
      case .property(let property):
        if isOpen { try copy(property, rules, &composer) }
      case .endNode:
        if isOpen { return true }
      }
    }
    composer.buffer.removeAll()
    return false
  }

  /// Copies what is in the node: caches.
  static func copyChildren<Sink: GuestTreeSink>(
    _ blob: [UInt8], _ rules: HostCPURules, _ composer: inout Composer<Sink>
  ) throws(FlattenedTreeError) {
    let tree = try FlattenedTree(blob.span)
    var events = tree.events()
    var isInCPUs = false
    var isInCPU = false
    while let event = try events.next() {
      switch event {
      case .beginNode(let name):
        if events.depth == 2 { isInCPUs = name == "cpus" }
        if isInCPUs, events.depth == 3 {
          isInCPU = true
        } else if isInCPU {
          try composer.beginNode(name.bytes)
        }
      case .property(let property):
        if isInCPU, events.depth > 3 { try copy(property, rules, &composer) }
      case .endNode:
        guard isInCPU else { continue }
        if events.depth == 2 { return }
        try composer.endNode()
      }
    }
  }

  private static func copy<Sink: GuestTreeSink>(
    _ property: borrowing FlattenedTree.Property, _ rules: HostCPURules, _ composer: inout Composer<Sink>
  ) throws(FlattenedTreeError) {
    for prefix in rules.droppedPrefixes where property.name.begins(with: prefix) { return }
    try composer.property(property.name.bytes, property.value.bytes)
  }
}
