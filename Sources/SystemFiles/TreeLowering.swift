// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts
internal import XenSystem

/// Takes the hypervisor, its modules and its domains out of `/chosen`; what is left is the host's tree.
///
/// What the model has no place for goes through untouched.
struct TreeLowering {
  var tree: DeviceTree
  let file: String
  let isFinished: Bool
  var loader: SystemLoader

  mutating func lower() throws(Failure) -> XenSystem {
    let chosen = tree.ensureChild("chosen", of: tree.root)
    let image = takeString("grove,xen-image", from: chosen)
    loader.folder.allowsOutside = loader.folder.allowsOutside || tree[chosen, "grove,allow-outside"] != nil
    tree.removeProperty("grove,allow-outside", from: chosen)
    let assertions = takeStrings("grove,assert", from: chosen)

    var hypervisor: Hypervisor?
    if let read = loader.attempt({ [tree, file] (loader) throws(Failure) in
      try loader.hypervisor(
        image: image?.value, at: image?.location.map { Place($0) } ?? tree.place(of: chosen, file: file))
    }) {
      hypervisor = read
    }
    hypervisor?.bootargs = takeString("xen,xen-bootargs", from: chosen)
    let dom0Bootargs = takeString("xen,dom0-bootargs", from: chosen)
    tree.removeProperty("xen,uefi-cfg-load", from: chosen)

    var guests: [Domain] = []
    var dom0 = Domain(name: Sourced("dom0"), isDom0: true)
    for child in Array(tree.children(of: chosen)) {
      let compatible = tree[child, "compatible"]?.strings ?? []
      if compatible.contains(DomainProperty.domain) {
        guests.append(readGuest(child))
        tree.remove(child)
      } else if isModule(child) {
        guard let kind = ModuleKind(compatible: compatible) else { continue }
        let module = readModule(child, kind, of: "dom0")
        switch kind {
        case .kernel:
          dom0.kernel = module
          dom0.location = tree[child].location
          dom0.bootargs = takeString("bootargs", from: child)
        case .ramdisk: dom0.ramdisk = module
        case .xsmPolicy: hypervisor?.policy = module
        case .deviceTree: continue
        }
        tree.remove(child)
      }
    }
    // Xen lets this property win over the module's own (boot_fdt_cmdline).
    if let dom0Bootargs { dom0.bootargs = dom0Bootargs }
    guard var hypervisor, !loader.diagnostics.hasErrors else { throw Failure(loader.diagnostics) }

    let hasDom0 = dom0.kernel != nil
    if hasDom0 {
      let line = XenCommandLine(hypervisor.bootargs?.value ?? "")
      dom0.memory = line.dom0Memory.map { Sourced($0, at: hypervisor.bootargs?.location) }
      dom0.cpus = line.dom0CPUs.map { Sourced($0, at: hypervisor.bootargs?.location) }
    }
    if !hasDom0 && guests.isEmpty {
      throw Failure(
        .error(
          "no-domains",
          "the tree names no domain: /chosen has no node that is compatible with \"xen,domain\" and no kernel for dom0",
          at: tree.place(of: chosen, file: file)))
    }
    if hypervisor.bootargs == nil, let bootargs = takeString("bootargs", from: chosen), hasDom0, dom0.bootargs != nil {
      hypervisor.bootargs = bootargs
    }
    var host = Host(file: file, tree: tree)
    loader.diagnostics += host.prepare()
    var system = XenSystem(hypervisor: hypervisor, host: host, domains: (hasDom0 ? [dom0] : []) + guests)
    system.assertions = assertions
    return system
  }

  private func isModule(_ id: DeviceTree.NodeID) -> Bool {
    let compatible = tree[id, "compatible"]?.strings ?? []
    return compatible.contains(ModuleKind.module) || compatible.contains(ModuleKind.legacyModule)
  }

  // MARK: Domains

  private mutating func readGuest(_ node: DeviceTree.NodeID) -> Domain {
    let location = tree[node].location
    var domain = Domain(name: Sourced(tree[node].name, at: location), location: location)
    domain.console = .none
    for property in tree[node].properties { read(property, into: &domain) }
    for child in Array(tree.children(of: node)) {
      if isModule(child), let kind = ModuleKind(compatible: tree[child, "compatible"]?.strings ?? []),
        kind != .xsmPolicy
      {
        let bootargs = kind == .kernel ? takeString("bootargs", from: child) : nil
        guard let module = readModule(child, kind, of: domain.name.value) else { continue }
        // Where a domain has two modules of a kind, Xen takes the last one.
        switch kind {
        case .kernel:
          domain.kernel = module
          domain.bootargs = bootargs
        case .ramdisk: domain.ramdisk = module
        case .deviceTree, .xsmPolicy: domain.deviceTree = module
        }
      } else {
        domain.nodes.graft(child, of: tree, under: domain.nodes.root)
      }
    }
    return domain
  }

  private func read(_ property: DeviceTree.Property, into domain: inout Domain) {
    switch property.name {
    case "compatible", "#address-cells", "#size-cells": return
    case "memory":
      // Anything but two cells is kept as it is, for the rules to name.
      if let cells = property.value.cells, cells.count == 2, cells[0] < 1 << 22 {
        domain.memory = Sourced((UInt64(cells[0]) << 32 | UInt64(cells[1])) << 10, at: property.location)
        return
      }
    case "cpus":
      if let cpus = property.value.cell {
        domain.cpus = Sourced(cpus, at: property.location)
        return
      }
    case "vpl011":
      domain.console = .vpl011
      return
    case "capabilities":
      let known = Set(DomainCapability.allCases.filter { (property.value.cell ?? 0) & $0.rawValue != 0 })
      if let bits = property.value.cell, bits != 0, known.reduce(0, { $0 | $1.rawValue }) == bits {
        domain.capabilities = known
        return
      }
    default: break
    }
    domain.properties.append(property)
  }

  // MARK: Modules

  private static let readProperties: Set<String> = ["compatible", "reg", "xen,uefi-binary", "uefi,binary"]

  private mutating func readModule(_ node: DeviceTree.NodeID, _ kind: ModuleKind, of owner: String) -> Module? {
    let location = tree[node].location
    let place = tree.place(of: node, file: file)
    let rest = tree[node].properties.filter { !Self.readProperties.contains($0.name) }
    let loaded = tree[node].parent.flatMap { parent in
      tree[node, "reg"].flatMap { tree.ranges($0, under: parent)?.first }
    }
    let address = loaded.map { Sourced($0.lowerBound, at: location) }
    if isFinished,
      let file = loader.givenFile(
        path: tree.path(of: node), address: loaded?.lowerBound, uefiBinary: tree[node, "xen,uefi-binary"]?.string,
        owner: owner, kind: kind)
    {
      return loader.attempt { (loader) throws(Failure) in
        try loader.module(kind, file: file, of: owner, address: address, properties: rest, at: location, place: place)
      }
    }
    if let name = fileName(of: node) {
      return loader.attempt { (loader) throws(Failure) in
        try loader.module(
          kind, file: name.value, of: owner, address: address, properties: rest, at: location,
          place: name.location.map { Place($0) } ?? place)
      }
    }
    guard let loaded, let address else {
      loader.diagnostics.append(
        .error(
          "module-without-file", "\(owner)'s \(kind.rawValue) names no file and no address", at: place,
          hint: "name its file with xen,uefi-binary"))
      return nil
    }
    return Module(
      kind: kind, loadedAt: address, size: loaded.upperBound - loaded.lowerBound, properties: rest, location: location)
  }

  private mutating func fileName(of node: DeviceTree.NodeID) -> Sourced<String>? {
    if let name = takeString("xen,uefi-binary", from: node) {
      return Sourced(name.value.replacing("\\", with: "/"), at: name.location)
    }
    guard !isFinished, let name = takeString("uefi,binary", from: node) else { return nil }
    loader.diagnostics.append(
      Diagnostic(
        .note, rule: "uefi-binary-name", "uefi,binary is taken as xen,uefi-binary, the name that Xen reads",
        at: name.location.map { Place($0) } ?? tree.place(of: node, property: "uefi,binary", file: file)))
    return Sourced(name.value.replacing("\\", with: "/"), at: name.location)
  }

  /// The text of a property, which is then taken away; nil when it is absent or no text.
  private mutating func takeString(_ name: String, from node: DeviceTree.NodeID) -> Sourced<String>? {
    guard let property = tree[node].properties.first(where: { $0.name == name }), let text = property.value.string
    else { return nil }
    tree.removeProperty(name, from: node)
    return Sourced(text, at: property.location)
  }

  /// The texts of a property, which is then taken away.
  private mutating func takeStrings(_ name: String, from node: DeviceTree.NodeID) -> [Sourced<String>] {
    guard let property = tree[node].properties.first(where: { $0.name == name }) else { return [] }
    guard let texts = property.value.strings else {
      loader.diagnostics.append(
        .error(
          "assertion-sentence", "\(name) is no list of sentences",
          at: tree.place(of: node, property: name, file: file)))
      return []
    }
    tree.removeProperty(name, from: node)
    return texts.map { Sourced($0, at: property.location) }
  }
}
