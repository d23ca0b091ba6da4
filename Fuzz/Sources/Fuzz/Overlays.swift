// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics

/// Takes bytes as a base tree and overlays, with a zero byte between sources, or as one blob behind the other, and applies them.
/// What applies can be flattened and read; what does not leaves the base as it was.
func applyOverlay(_ bytes: [UInt8]) {
  let trees = bytes.starts(with: [0xD0, 0x0D]) ? blobs(bytes) : sources(bytes)
  guard let base = trees.first else { return }
  let overlays = trees.dropFirst().map { Overlay($0, file: "o.dtbo") }
  var tree = base
  do throws(Failure) {
    let warnings = try tree.apply(Array(overlays), file: "b.dtb")
    hold(!warnings.hasErrors, "errors are reported of overlays that were applied")
    _ = DiagnosticPrinter().text(warnings)
    tree.adoptSymbols()
    if let blob = try? tree.blob() { hold(sameTree(blob)(tree), "the blob reads as another tree") }
  } catch {
    hold(error.diagnostics.hasErrors, "overlays are refused without an error")
    _ = DiagnosticPrinter().text(error.diagnostics)
    hold(tree.isSame(as: base), "the base was changed by overlays that were refused")
  }
}

private func sources(_ bytes: [UInt8]) -> [DeviceTree] {
  var trees: [DeviceTree] = []
  for part in bytes.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false) {
    let parsed = parse(name: "f.dts", bytes: Array(part), preprocessing: .off)
    var tree = parsed.tree
    guard !parsed.diagnostics.hasErrors else { return [] }
    tree.keepLabelledNodes()
    tree.resolveReferences(keepingReferences: tree.isPlugin)
    tree.writeLabels(to: DeviceTree.symbolsName, phandleNames: ["phandle"])
    if tree.isPlugin {
      tree.writeFixups()
      tree.forgetReferences()
    }
    trees.append(tree)
  }
  return trees
}

private func blobs(_ bytes: [UInt8]) -> [DeviceTree] {
  var trees: [DeviceTree] = []
  var rest = bytes[...]
  while rest.count >= 8, trees.count < 4 {
    let start = rest.startIndex
    let size = rest[start + 4..<start + 8].reduce(0) { $0 << 8 | Int($1) }
    guard let tree = try? DeviceTree(blob: Array(rest)) else { break }
    trees.append(tree)
    rest = rest.dropFirst(size)
  }
  return trees
}
