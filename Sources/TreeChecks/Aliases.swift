// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// Aliases name nodes.
extension TreeCheck {
  static let aliases: InlineArray<_, TreeCheck> = [
    TreeCheck(.aliasPaths, "alias_paths", demands: "an alias names a node, in lower case") { run in
      for node in run.nodes(called: "aliases") { run.checkAliases(node) }
    }
  ]
}

extension Inspection {
  fileprivate mutating func checkAliases(_ node: Int32) {
    for slot in properties.slots(of: node) {
      let alias = properties.property(at: slot)
      let name = name(of: alias)
      if name == "phandle" || name == "linux,phandle" { continue }
      // What an overlay's aliases name is in the tree that it will be laid over.
      if !isPlugin, length(alias) == 0 || !isNode(leadingString(alias)) {
        let path = length(alias) == 0 ? "(null)" : leadingString(alias)
        report(alias, "aliases property is not a valid node (\(path))")
        continue
      }
      if !name.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || ($0.isLetterOrDigit && !$0.isUpperCase) }) {
        report(node, "aliases property name must include only lowercase and '-'")
      }
    }
  }

  /// Whether there is a node at a path. dtc is generous: the slash in front may be missing or be there several times,
  /// one may stand at the end, and no path at all is the root, while `/` is none.
  private mutating func isNode(_ path: String) -> Bool {
    var current = DeviceTree.NodeID(index: Self.root)
    var rest = path[...]
    while !rest.isEmpty {
      rest = rest.drop { $0 == "/" }
      let component = rest.prefix { $0 != "/" }
      let name = tree.names.known(String(component))
      guard name != .none, let next = tree.child(of: current, named: name) else { return false }
      current = next
      rest = rest[component.endIndex...].dropFirst()
    }
    return true
  }
}

extension UInt8 {
  fileprivate var isUpperCase: Bool { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") }
}
