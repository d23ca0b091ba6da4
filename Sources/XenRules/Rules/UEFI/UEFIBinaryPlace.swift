// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let uefiBinaryPlace = Rule(
    "uefi-binary-place", "`xen,uefi-binary` stands where the UEFI stub does not look",
    effects: [
      Effect("bad", xen417: .refused("No initial domain kernel specified.")),
      Effect("bad-legacy", xen417: .refused("No initial domain kernel specified.")),
    ],
    explanation: """
      The UEFI stub looks at the children of /chosen, and at the children of its domains, for nodes compatible with \
      "multiboot,module". In a container such as /chosen/modules, or under the name "xen,multiboot-module" of Xen 4.4, it does not \
      find the module. When there is no other one, it says "No initial domain kernel specified."; otherwise it starts Xen with a \
      module that has no `reg`, and Xen stops before it can print anything.
      """
  ) { subject in
    guard let chosen = subject.chosen else { return [] }
    return subject.modules.compactMap { module in
      guard let file = module.uefiBinary else { return nil }
      let place = subject.place(module.node, property: "xen,uefi-binary")
      let names = subject.tree[module.node, "compatible"]?.strings ?? []
      if !names.contains(ModuleKind.module) {
        return Finding(
          "\(subject.title(module)) names the file \(file), but is not compatible with \"\(ModuleKind.module)\"",
          at: place,
          hint: "write compatible = \"\(module.kind?.compatible ?? "multiboot,kernel")\", \"\(ModuleKind.module)\"")
      }
      guard module.guest == nil, let parent = subject.tree[module.node].parent, parent != chosen else { return nil }
      return Finding(
        "\(subject.title(module)) names the file \(file) inside \(subject.tree.path(of: parent)), which is no domain",
        at: place, hint: "put the module directly into /chosen")
    }
  }
}
