// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import FlattenedTree

/// Reads bytes as a blob in every way there is. What one reader takes, the others take, and they see the same.
func readInEveryWay(_ bytes: UnsafeRawBufferPointer) {
  let blob = unsafe bytes.bytes
  let isSound = count(blob, tolerating: []) != nil
  let isTolerable = count(blob, tolerating: .all) != nil
  hold(!isSound || isTolerable, "a tolerant reader refuses what a strict one takes")
  if let nodes = index(blob) {
    hold(!isSound || nodes == count(blob, tolerating: []), "the index has another number of nodes than the walker")
  } else {
    hold(!isSound, "a sound blob cannot be indexed")
  }
  let copy = unsafe Array(bytes)
  var tolerated: [DeviceTree.ToleratedFault] = []
  let tree = try? DeviceTree(blob: copy, tolerating: .all, tolerated: &tolerated)
  hold(tree == nil || isTolerable, "a live tree was made of an unsound blob")
  let written = try? tree?.blob()
  if isSound, let written {
    hold((try? DeviceTree(blob: written)) != nil, "what was written cannot be read")
    hold(tree.map(sameTree(written)) ?? true, "what was written reads as another tree")
  }
  var changed = copy
  try? FlattenedTree.overwrite("reg", of: "/cpus/cpu@0", in: &changed, with: [1, 2, 3, 4])
}

/// How many nodes a walk meets, or nil when the validator or the walker refuses the blob.
private func count(_ blob: RawSpan, tolerating tolerance: FlattenedTree.Tolerance) -> Int? {
  var nodes = 0
  var depth = 0
  do throws(FlattenedTreeError) {
    let tree = try FlattenedTree(blob, tolerating: tolerance)
    try tree.validate()
    do throws(FlattenedTreeError) {
      var events = tree.events()
      while let event = try events.next() {
        switch event {
        case .beginNode(let name):
          nodes += 1
          depth += 1
          _ = name.base.count + (name.unitAddress?.count ?? 0)
        case .property(let property): read(property)
        case .endNode: depth -= 1
        }
        hold(depth == events.depth, "the walker loses count of its depth")
      }
      var entries = tree.reservations
      while try entries.next() != nil {}
    } catch { violated("the walker refuses what the validator takes: \(error)") }
  } catch { return nil }
  hold(depth == 0, "a node has not ended")
  return nodes
}

private func read(_ property: borrowing FlattenedTree.Property) {
  let value = property.value
  _ = property.name == "compatible"
  _ = value.contains("grove,test")
  _ = value.number
  _ = value.text?.count
  _ = value.cell(0)
  _ = value.number(at: value.cellCount - 1, cells: 2)
  _ = value[value.count - 1]
  _ = value[value.count]
}

/// How many nodes the index has, all of which can be found again; nil when there is no index.
private func index(_ blob: RawSpan) -> Int? {
  do throws(FlattenedTreeError) {
    let index = try TreeIndex(FlattenedTree(blob))
    for node in index.nodes {
      if let parent = index.parent(of: node) {
        let found = index.child(of: parent, named: index.name(of: node).bytes)
        hold(found != nil, "a child cannot be found by its name")
      }
      if let phandle = index.phandle(of: node) {
        hold(index.node(phandle: phandle) != nil, "a node cannot be found by its phandle")
      }
      var properties = index.properties(of: node)
      while let property = properties.next() { read(property) }
    }
    _ = index.node(at: "/cpus/cpu@0")
    return index.count
  } catch { return nil }
}

/// Whether a blob holds a tree: the same nodes with the same properties, in the same order.
func sameTree(_ blob: [UInt8]) -> (DeviceTree) -> Bool {
  { tree in
    guard let other = try? DeviceTree(blob: blob) else { return false }
    return other.isSame(as: tree)
  }
}

extension DeviceTree {
  /// Whether the other tree has the same reservations, nodes and bytes in the same order.
  func isSame(as other: DeviceTree) -> Bool {
    guard reservations.map({ [$0.address, $0.size] }) == other.reservations.map({ [$0.address, $0.size] }) else {
      return false
    }
    var others = other.walk()
    for id in walk() {
      guard let twin = others.next() else { return false }
      let node = self[id]
      let second = other[twin]
      guard node.name == second.name, node.properties.count == second.properties.count,
        zip(node.properties, second.properties).allSatisfy({
          $0.name == $1.name && $0.value.bytes == $1.value.bytes
        })
      else { return false }
    }
    return others.next() == nil
  }
}
