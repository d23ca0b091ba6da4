// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Foundation
import Testing
import XenFacts
import XenSystem

/// Trees that real Xens gave to dom0 under QEMU, beside the tree that they were started with: `Dom0Golden/<scenario>.host.dtb` and
/// `<scenario>.dom0-xen-<version>.dtb`.
@Suite struct Dom0GoldenTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Dom0Golden")

  static let files: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.contains(".dom0-") }.sorted()
  }()

  private func tree(_ file: String) throws -> DeviceTree {
    try DeviceTree(blob: Array(Data(contentsOf: Self.folder.appendingPathComponent(file))))
  }

  /// Nodes and properties in their order; what Xen decides at the boot is named but not shown.
  private func listing(_ tree: DeviceTree, open: [PredictedTree.OpenValue]) -> [String] {
    let openProperties = Set(open.compactMap { value in value.property.map { "\(value.node):\($0)" } })
    var lines: [String] = []
    // RAM has its address from the boot; it is the first node of that name, before that of the reserved ranges.
    let ram = tree.children(of: tree.root).first { tree[$0].baseName == "memory" }
    for node in tree.walk() {
      let path = node == ram ? "/memory" : tree.path(of: node)
      lines.append(path)
      for property in tree[node].properties {
        let name = "\(path):\(property.name)"
        let isOpen = openProperties.contains(name) || name == "/memory:reg"
        lines.append("\(name) = \(isOpen ? "open" : "\(property.value.bytes)")")
      }
    }
    return lines
  }

  @Test(arguments: files)
  func dom0FindsWhatWasPredicted(_ file: String) throws {
    let parts = file.split(separator: ".", maxSplits: 1)
    let version = try #require(XenVersion(String(parts[1].dropFirst("dom0-xen-".count).dropLast(".dtb".count))))
    let flow: Flow = file.hasPrefix("73-uboot") ? .uBoot : file.hasPrefix("74-uefi") ? .uefi : .direct
    var dom0 = Dom0Tree(try tree("\(parts[0]).host.dtb"), version: version, flow: flow)
    let predicted = dom0.predict()
    let golden = try tree(file)
    // U-Boot writes the properties of /chosen in the reverse order when it changes them.
    let inOrder = flow != .uBoot
    var made = listing(predicted.tree, open: predicted.open)
    var real = listing(golden, open: predicted.open)
    if !inOrder {
      made.sort()
      real.sort()
    }
    // Linux had taken this seed out of its tree when the tree was read.
    if file.hasPrefix("71-dom0-linux-domu.dom0-xen-4.20") { made.removeAll { $0 == "/chosen:rng-seed = open" } }
    #expect(made.filter { !real.contains($0) } == [])
    #expect(real.filter { !made.contains($0) } == [])
    #expect(made == real)
  }
}
