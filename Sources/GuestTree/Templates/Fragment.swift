// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

/// The partial tree that a guest was given: what is taken of it.
///
/// Xen and its toolstack look at three children of the root alone: `/gic` names the phandle that the fragment uses for the
/// interrupt controller, `/aliases` and `/passthrough` go into the guest's tree.
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

  static func copy<Sink: GuestTreeSink>(
    _ blob: [UInt8], _ rules: FragmentRules, into composer: inout Composer<Sink>
  ) throws(FlattenedTreeError) {
    if rules.keepsOrder {
      try copy(blob, rules.children, rules, into: &composer)
    } else {
      for child in rules.children { try copy(blob, [child], rules, into: &composer) }
    }
  }

  private static func copy<Sink: GuestTreeSink>(
    _ blob: [UInt8], _ children: [StaticString], _ rules: FragmentRules, into composer: inout Composer<Sink>
  ) throws(FlattenedTreeError) {
    let tree = try FlattenedTree(blob.span)
    var events = tree.events()
    var copying = false
    var keepsXen = false
    while let event = try events.next() {
      switch event {
      case .beginNode(let name):
        if events.depth == 2 {
          keepsXen = rules.keepsXenProperties || name == "aliases"
          copying = false
          for child in children where name.isSame(as: child) { copying = true }
        }
        if copying {
          try composer.beginNode(name.bytes)
        }
      case .property(let property):
        guard copying, keepsXen || !property.name.begins(with: "xen,") else { continue }
        try composer.property(property.name.bytes, property.value.bytes)
      case .endNode:
        // The node that ended was one deeper.
        if copying { try composer.endNode() }
        if events.depth == 1 { copying = false }
      }
    }
  }
}
