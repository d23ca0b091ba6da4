// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
public import Diagnostics
internal import XenFacts

/// How a tree tells Xen where a module is.
public enum ModuleReference: Hashable, Sendable {
  /// Loaded here: the node is `module@address` with `reg`.
  case address(Range<UInt64>)
  /// Loaded by Xen's UEFI stub, which fills in `reg`: the file's name relative to the directory of xen.efi.
  case uefiBinary(String)
}

extension XenSystem {
  /// The tree that Xen is started with: the host's, and in `/chosen` what this system is (docs/misc/arm/device-tree/booting.txt).
  ///
  /// Nodes and properties carry the place that they came from. References are resolved.
  ///
  /// - Parameter reference: says for each module where Xen finds it.
  /// - Throws: `Failure` when a property refers to a node that is not there.
  public func bootTree(_ reference: (ModuleID) -> ModuleReference) throws(Failure) -> DeviceTree {
    var tree = host.tree
    let chosen = tree.ensureChild("chosen", of: tree.root)
    // Taken away and added again, so that their place does not depend on how the host's tree was written.
    for name in ["#address-cells", "#size-cells"] {
      tree.removeProperty(name, from: chosen)
      tree.set(name, .cell(2), on: chosen)
    }
    if let bootargs = hypervisor.bootargs {
      tree.set("xen,xen-bootargs", .string(bootargs.value), on: chosen, location: bootargs.location)
    }

    for (id, module) in modules where id.domain.map({ domains[$0].isDom0 }) ?? true {
      let bootargs = id.kind == .kernel ? dom0?.bootargs : nil
      add(module, bootargs: bootargs, as: reference(id), to: chosen, of: &tree)
    }
    for (index, domain) in domains.enumerated() where !domain.isDom0 {
      let node = add(domain, to: chosen, of: &tree)
      for module in domain.modules {
        let bootargs = module.kind == .kernel ? domain.bootargs : nil
        add(
          module, bootargs: bootargs, as: reference(ModuleID(domain: index, kind: module.kind)), to: node,
          of: &tree)
      }
      for child in domain.nodes.children(of: domain.nodes.root) {
        tree.graft(child, of: domain.nodes, under: node)
      }
    }

    let unresolved = tree.resolveReferences()
    guard unresolved.isEmpty else {
      throw Failure(
        unresolved.map { reference in
          .error(
            "unknown-reference", "\(reference.reference) names no node",
            at: tree.place(of: reference.node, property: reference.property, file: host.file))
        })
    }
    return tree
  }

  private func add(
    _ domain: Domain, to chosen: DeviceTree.NodeID, of tree: inout DeviceTree
  ) -> DeviceTree.NodeID {
    let node = tree.addChild(domain.name.value, to: chosen, location: domain.name.location ?? domain.location)
    func set(_ name: String, _ value: PropertyValue, _ location: SourceLocation?) {
      tree.set(name, value, on: node, location: location ?? domain.location)
    }
    set("compatible", .string(DomainProperty.domain), nil)
    set("#address-cells", .cell(2), nil)
    set("#size-cells", .cell(2), nil)
    if let memory = domain.memory {
      // Xen counts in KiB, and always reads two cells.
      set("memory", .u64(memory.value >> 10), memory.location)
    }
    if let cpus = domain.cpus { set("cpus", .cell(cpus.value), cpus.location) }
    if domain.console == .vpl011 { set("vpl011", .empty, nil) }
    if !domain.capabilities.isEmpty {
      set("capabilities", .cell(domain.capabilities.reduce(0) { $0 | $1.rawValue }), nil)
    }
    for property in domain.properties { set(property.name, property.value, property.location) }
    return node
  }

  private func add(
    _ module: Module, bootargs: Sourced<String>?, as reference: ModuleReference,
    to parent: DeviceTree.NodeID, of tree: inout DeviceTree
  ) {
    let name =
      switch reference {
      case .address(let range): "module@\(String(range.lowerBound, radix: 16))"
      // The stub renames the node; until then siblings are told apart by their kind.
      case .uefiBinary: module.kind.rawValue
      }
    let node = tree.addChild(name, to: parent, location: module.location)
    tree.set(
      "compatible", .strings([module.kind.compatible, ModuleKind.module]), on: node, location: module.location)
    switch reference {
    case .address(let range):
      tree.set(
        "reg", .numbers([range.lowerBound, range.upperBound - range.lowerBound]), on: node, location: module.location)
    case .uefiBinary(let file):
      tree.set("xen,uefi-binary", .string(file), on: node, location: module.location)
    }
    if let bootargs { tree.set("bootargs", .string(bootargs.value), on: node, location: bootargs.location) }
    for property in module.properties {
      tree.set(property.name, property.value, on: node, location: property.location)
    }
  }
}
