// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let uefiNodeCompatible = Rule(
    "uefi-node-compatible", "a node in /chosen has no `compatible`, which the UEFI stub does not bear",
    effects: [
      Effect("bad", xen417: .refused("Error processing boot modules on DT.")),
      Effect("bad-domain", xen417: .refused("Error processing boot modules on DT.")),
    ],
    explanation: """
      The UEFI stub asks every child of /chosen, and every child of a domain, whether it is compatible with "multiboot,module". Where \
      there is no `compatible` to ask for, it takes that for a broken tree: "Error processing boot modules on DT.", and back to \
      the firmware. Without UEFI such a node does no harm. Give it some compatible string, or take it out of /chosen.
      """
  ) { subject in
    guard let chosen = subject.chosen,
      subject.flow == .uefi || (subject.flow == nil && subject.modules.contains { $0.uefiBinary != nil })
    else { return [] }
    let guests = Set(subject.guests)
    let nodes = subject.tree.children(of: chosen).flatMap { child in
      guests.contains(child) ? Array(subject.tree.children(of: child)) : [child]
    }
    return nodes.compactMap { node in
      guard subject.tree[node, "compatible"] == nil else { return nil }
      return Finding("\(subject.tree.path(of: node)) has no compatible string", at: subject.place(node))
    }
  }
}
