// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics
internal import XenFacts
internal import XenSystem

// The YAML front end: lowers a description to the model.
extension SystemLoader {
  mutating func loadDescription(_ source: SourceText) throws(Failure) -> XenSystem {
    sources.append(source)
    let root = Fields(try YAMLReader.read(source), of: "the description", at: &diagnostics)
    root.allow(["grove", "xen", "host", "domains", "assert", "allow-outside"], &diagnostics)
    checkVersion(root)
    folder.allowsOutside = root.flag("allow-outside", &diagnostics)

    let host = attempt { (loader) throws(Failure) in try loader.readHost(root) }
    var hypervisor = attempt { (loader) throws(Failure) in try loader.readHypervisor(root) }
    var domains: [Domain] = []
    for value in root.list("domains", &diagnostics) {
      domains.append(readDomain(value))
    }
    if domains.isEmpty, !diagnostics.hasErrors {
      diagnostics.append(.error("no-domains", "the description names no domain", at: root.place))
    }
    checkNames(domains)
    let assertions = readAssertions(root)
    if var host, var read = hypervisor {
      diagnostics += host.prepare()
      for index in domains.indices {
        guard let asked = askedDevices[domains[index].name.value] else { continue }
        give(asked, to: &domains[index], of: &host)
      }
      if let dom0 = domains.first(where: \.isDom0) { addOptions(of: dom0, to: &read) }
      hypervisor = read
      if !diagnostics.hasErrors {
        // Xen numbers guests in their order; dom0's modules stand before all of them.
        let ordered = domains.filter(\.isDom0) + domains.filter { !$0.isDom0 }
        var system = XenSystem(hypervisor: read, host: host, domains: ordered)
        system.assertions = assertions
        return system
      }
    }
    throw Failure(diagnostics)
  }

  /// One sentence, or a list of them.
  private mutating func readAssertions(_ root: Fields) -> [Sourced<String>] {
    if case .text(let text, _)? = root["assert"]?.content, let value = root["assert"] {
      return [Sourced(text, at: value.location)]
    }
    return root.list("assert", &diagnostics).compactMap { value in
      guard case .text(let text, _) = value.content else {
        diagnostics.append(
          .error("yaml-structure", "an entry of `assert` should be a text, but is \(value.noun)", at: value.place))
        return nil
      }
      return Sourced(text, at: value.location)
    }
  }

  mutating func checkVersion(_ root: Fields) {
    guard let version = root.text("grove", &diagnostics) else {
      diagnostics.append(
        .error("format-version", "the description does not say `grove: 1`, the version of its format", at: root.place))
      return
    }
    if version.value != "1" {
      diagnostics.append(
        .error(
          "format-version", "this Grove reads descriptions of version 1, not \(version.value)", at: Place(version.at)))
    }
  }

  private mutating func readHost(_ root: Fields) throws(Failure) -> Host {
    guard let fields = root.fields("host", &diagnostics) else {
      throw Failure(.error("host-missing", "the description names no host", at: root.place))
    }
    fields.allow(["device-tree", "overlays"], &diagnostics)
    guard let name = fields.text("device-tree", &diagnostics) else {
      throw Failure(.error("host-missing", "the host has no `device-tree`", at: fields.place))
    }
    let overlays = fields.list("overlays", &diagnostics)
    let what = "the host's device tree"
    try folder.check(name.value, what: what, at: Place(name.at))
    let shown = folder.path(of: name.value)
    let bytes = try HostReader.read(shown, what: what, at: Place(name.at), &diagnostics)
    guard overlays.isEmpty else { return try readHost(shown, bytes, under: overlays) }
    if HostReader.isBlob(bytes) {
      note(input: SourceText(name: shown, bytes: bytes))
      return Host(file: shown, tree: try HostReader.tree(blob: bytes, file: shown))
    }
    let parsed = parse(name: shown, bytes: bytes, readFile: includeReader())
    sources += parsed.sources
    guard !parsed.diagnostics.hasErrors else { throw Failure(parsed.diagnostics) }
    diagnostics += parsed.diagnostics
    return Host(file: shown, tree: parsed.tree)
  }

  private mutating func readHypervisor(_ root: Fields) throws(Failure) -> Hypervisor {
    let fields = root.fields("xen", &diagnostics)
    fields?.allow(["image", "bootargs", "xsm"], &diagnostics)
    let image = fields?.text("image", &diagnostics)
    var hypervisor = try self.hypervisor(
      image: image?.value, at: image.map { Place($0.at) } ?? fields?.place ?? root.place)
    hypervisor.bootargs = fields?.bootargs("bootargs", &diagnostics)
    if let xsm = fields?.text("xsm", &diagnostics) {
      hypervisor.policy = try module(.xsmPolicy, file: xsm.value, of: "xen", at: xsm.at, place: Place(xsm.at))
    }
    return hypervisor
  }

  private mutating func addOptions(of dom0: Domain, to hypervisor: inout Hypervisor) {
    var line = XenCommandLine(hypervisor.bootargs?.value ?? "")
    func add(_ option: String, _ value: String, same: Bool, at location: SourceLocation?) {
      guard let given = line.value(of: option) else {
        line.words.append("\(option)=\(value)")
        return
      }
      if !same {
        diagnostics.append(
          .error(
            "dom0-option-conflict", "dom0 asks for \(option)=\(value), but Xen's bootargs say \(option)=\(given)",
            at: location.map { Place($0) } ?? Place(), hint: "leave \(option) out of xen.bootargs"))
      }
    }
    if let memory = dom0.memory {
      add(
        "dom0_mem", XenCommandLine.size(memory.value), same: line.dom0Memory == memory.value, at: memory.location)
    }
    if let cpus = dom0.cpus {
      add("dom0_max_vcpus", "\(cpus.value)", same: line.dom0CPUs == cpus.value, at: cpus.location)
    }
    if dom0.memory != nil || dom0.cpus != nil {
      hypervisor.bootargs = Sourced(line.text, at: hypervisor.bootargs?.location ?? dom0.location)
    }
  }

  /// Names become names of nodes, so two may not be the same.
  private mutating func checkNames(_ domains: [Domain]) {
    var seen: [String: Domain] = [:]
    for domain in domains {
      let place = domain.name.location.map { Place($0) } ?? Place()
      if let first = seen[domain.name.value] {
        let notes = first.name.location.map { [Diagnostic.Note("the first one is here", at: Place($0))] }
        diagnostics.append(
          .error("duplicate-domain-name", "two domains are called \(domain.name.value)", at: place, notes: notes ?? []))
      }
      seen[domain.name.value] = seen[domain.name.value] ?? domain
    }
    let dom0s = domains.filter(\.isDom0)
    if dom0s.count > 1, let second = dom0s[1].location {
      diagnostics.append(
        .error("two-dom0", "a system has one dom0, but \(dom0s[1].name.value) is a second one", at: Place(second)))
    }
  }
}
