// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

/// The partial tree that a guest was given: what Xen takes of it.
///
/// Xen looks at three children of the root alone: `/gic` names the phandle that the fragment uses for the interrupt
/// controller, `/aliases` and `/passthrough` go into the guest's tree, without any `xen,` property below the latter.
enum Fragment {
  /// What `/gic` says.
  enum Controller {
    case absent
    case withoutPhandle
    case phandle(UInt32)
  }

  static func controller(in blob: [UInt8]) throws(FlattenedTreeError) -> Controller {
    let tree = try FlattenedTree(blob.span)
    var events = tree.events()
    var isController = false
    var result = Controller.absent
    while let event = try events.next() {
      switch event {
      case .beginNode(let name):
        isController = events.depth == 2 && name == "gic"
        if isController { result = .withoutPhandle }
      case .property(let property):
        if isController, property.name == "phandle" || property.name == "linux,phandle",
          let cell = property.value.cell(0)
        {
          result = .phandle(cell)
        }
      case .endNode: break
      }
    }
    return result
  }

  /// Copies `/aliases` and `/passthrough` in the order in which they stand.
  static func copy<Sink: GuestTreeSink>(_ blob: [UInt8], into sink: inout Sink) throws(FlattenedTreeError) {
    let tree = try FlattenedTree(blob.span)
    var events = tree.events()
    var copying = false
    var keepsXen = false
    while let event = try events.next() {
      switch event {
      case .beginNode(let name):
        if events.depth == 2 {
          keepsXen = name == "aliases"
          copying = keepsXen || name == "passthrough"
        }
        if copying { try sink.beginNode(name.bytes) }
      case .property(let property):
        guard copying, keepsXen || !property.name.isXen else { continue }
        try sink.property(property.name.bytes, property.value.bytes)
      case .endNode:
        // The node that ended was one deeper.
        if copying { try sink.endNode() }
        if events.depth == 1 { copying = false }
      }
    }
  }
}

extension FlattenedTree.Name {
  /// Whether the name begins with `xen,`.
  fileprivate var isXen: Bool {
    let prefix: [UInt8] = [UInt8(ascii: "x"), UInt8(ascii: "e"), UInt8(ascii: "n"), UInt8(ascii: ",")]
    guard count >= prefix.count else { return false }
    for index in prefix.indices where unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) != prefix[index] {
      return false
    }
    return true
  }
}
