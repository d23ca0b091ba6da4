// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
internal import Diagnostics
internal import XenFacts

extension UEFIConfig {
  /// The tree that Xen is started with when the stub adds what a section says to one (setup_chosen_node and its kin).
  ///
  /// Where a file goes in memory only the firmware knows: modules bear `xen,uefi-binary` in place of `reg`.
  ///
  /// - Parameter file: What messages call the configuration; nodes and properties that come from it say so.
  public func applied(to tree: DeviceTree, section: String?, file: String) -> DeviceTree {
    var tree = tree
    let chosen = tree.ensureChild("chosen", of: tree.root)
    for name in ["#address-cells", "#size-cells"] where tree[chosen, name] == nil {
      tree.set(name, .cell(2), on: chosen)
    }
    if tree[chosen, "ranges"] == nil { tree.set("ranges", .empty, on: chosen) }
    func place(_ line: Line) -> SourceLocation {
      SourceLocation(file: file, line: line.line, column: line.column, endLine: line.line, endColumn: line.endColumn)
    }
    if let (options, line) = value(of: "options", in: section) {
      // Xen puts a blank in front of it.
      tree.set("xen,xen-bootargs", .string(" " + options), on: chosen, location: place(line))
    }
    let kinds: [(key: String, kind: ModuleKind)] = [
      ("kernel", .kernel), ("ramdisk", .ramdisk), ("xsm", .xsmPolicy),
    ]
    for (key, kind) in kinds {
      guard let (value, line) = value(of: key, in: section), tree.child(of: chosen, named: key) == nil else { continue }
      let node = tree.addChild(key, to: chosen, location: place(line))
      tree.set("compatible", .strings([kind.compatible, ModuleKind.module]), on: node)
      guard kind == .kernel else {
        tree.set("xen,uefi-binary", .string(value), on: node)
        continue
      }
      let name = value.prefix { $0 != " " }
      tree.set("xen,uefi-binary", .string(String(name)), on: node)
      let arguments = value.dropFirst(name.count).drop { $0 == " " }
      if !arguments.isEmpty { tree.set("bootargs", .string(String(arguments)), on: node) }
    }
    return tree
  }
}
