// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import XenFacts
public import XenSystem

extension Subject {
  /// Who has what of the machine, by this tree and the partial trees whose files are known.
  public var ownership: Ownership {
    Ownership(
      of: tree, version: release.version,
      fragment: { node in
        guard let file = module(.deviceTree, of: node)?.file, let fragment = file.tree else { return nil }
        return Ownership.Fragment(file: file.name, tree: fragment)
      }, place: { place($0, property: $1) })
  }

  /// Whether any device is given to a guest, as far as the files are known.
  var givesDevices: Bool { partialTrees.contains { !$0.devices.isEmpty } }
}
