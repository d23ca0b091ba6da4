// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

/// Reads a plan's files as the loaders and Xen will, and compares what they say with the system that they were made from.
///
/// A difference is a fault of ours, never of the description. It is better found here than on a silent console.
struct SelfCheck {
  private let plan: BootPlan
  private let system: XenSystem
  private var problems: [String] = []

  static func verify(_ plan: BootPlan, of system: XenSystem) throws(Failure) {
    var check = SelfCheck(plan: plan, system: system)
    check.run()
    guard check.problems.isEmpty else {
      throw Failure(
        check.problems.map {
          .error(
            "self-check", "the \(plan.target.rawValue) files do not say what the description says: \($0)",
            at: Place(file: system.host.file), hint: "this is a fault of grove, not of the description")
        })
    }
  }

  private init(plan: BootPlan, system: XenSystem) {
    self.plan = plan
    self.system = system
  }

  private mutating func expect(_ condition: Bool, _ problem: @autoclosure () -> String) {
    if !condition { problems.append(problem()) }
  }

  private mutating func run() {
    let treePath = plan.target.treePath
    guard let file = file(treePath), let tree = try? DeviceTree(blob: file.bytes) else {
      problems.append("\(treePath) is missing or cannot be read")
      return
    }
    compare(tree, with: plan.tree)
    let started = StartedSystem(tree)
    checkDomains(of: started, in: tree)
    switch plan.target {
    case .qemu: checkRunScript(started)
    case .uboot: checkCommands(started)
    case .uefi: checkConfiguration()
    }
    let paths = plan.files.map { $0.path.lowercased() }
    expect(Set(paths).count == paths.count, "two files have one name")
  }

  private func file(_ path: String) -> PlannedFile? { plan.files.first { $0.path == path } }

  // MARK: The tree

  /// Every node and property of the live tree, in order, byte for byte.
  private mutating func compare(_ read: DeviceTree, with live: DeviceTree) {
    expect(
      read.reservations.map { [$0.address, $0.size] } == live.reservations.map { [$0.address, $0.size] },
      "the memory reservations differ")
    var others = live.walk()
    var counterparts: [DeviceTree.NodeID: DeviceTree.NodeID] = [:]
    for id in read.walk() {
      guard let other = others.next(), read[id].name == live[other].name,
        read[id].parent.flatMap({ counterparts[$0] }) == live[other].parent
      else {
        problems.append("the node \(read.path(of: id)) is not in its place")
        return
      }
      counterparts[id] = other
      expect(
        read[id].properties.map(\.name) == live[other].properties.map(\.name)
          && read[id].properties.map(\.value.bytes) == live[other].properties.map(\.value.bytes),
        "the properties of \(read.path(of: id)) differ")
    }
    expect(others.next() == nil, "nodes are missing at the end")
  }

  private mutating func checkDomains(of started: StartedSystem, in tree: DeviceTree) {
    if let bootargs = system.hypervisor.bootargs {
      let read = tree.node(at: "/chosen").flatMap { tree[$0, "xen,xen-bootargs"]?.string }
      expect(read == bootargs.value, "Xen's options differ")
    }
    let guests = system.domains.indices.filter { !system.domains[$0].isDom0 }
    expect(
      started.domains.map(\.name) == guests.map { system.domains[$0].name.value },
      "the domains are \(started.domains.map(\.name).joined(separator: ", "))")
    expect(started.hasDom0 == (system.dom0?.kernel != nil), "dom0 is \(started.hasDom0 ? "there" : "missing")")
    for (domain, index) in zip(started.domains, guests) {
      checkProperties(of: domain, index, in: tree)
      checkModules(domain.modules, of: index)
    }
    let dom0 = system.domains.firstIndex { $0.isDom0 }
    checkModules(started.chosenModules.filter { $0.kind != .xsmPolicy }, of: dom0)
    if let policy = system.hypervisor.policy {
      let modules = started.chosenModules.filter { $0.kind == .xsmPolicy }
      expect(modules.count == 1, "\(modules.count) XSM policies are named")
      for module in modules { check(module, is: policy, of: ModuleID(domain: nil, kind: .xsmPolicy)) }
    }
  }

  private mutating func checkProperties(of domain: StartedSystem.Domain, _ index: Int, in tree: DeviceTree) {
    let model = system.domains[index]
    var expected: [String: [UInt8]] = [:]
    if let memory = model.memory?.value { expected["memory"] = Self.bytes(of: memory / 1024, count: 8) }
    if let cpus = model.cpus?.value { expected["cpus"] = Self.bytes(of: UInt64(cpus), count: 4) }
    if model.console == .vpl011 { expected["vpl011"] = [] }
    if !model.capabilities.isEmpty {
      expected["capabilities"] = Self.bytes(of: model.capabilities.reduce(0) { $0 | UInt64($1.rawValue) }, count: 4)
    }
    for property in model.properties {
      // What refers to nodes holds their phandles by now.
      let isLiteral = property.value.marks.allSatisfy { mark in
        switch mark.kind {
        case .phandle, .phandleOf, .path: false
        default: true
        }
      }
      expected[property.name] = isLiteral ? property.value.bytes : nil
    }
    for (name, bytes) in expected.sorted(by: { $0.key < $1.key }) {
      expect(tree[domain.node, name]?.bytes == bytes, "\(name) of \(domain.name) differs")
    }
  }

  private static func bytes(of number: UInt64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - $0))) }
  }

  private mutating func checkModules(_ modules: [StartedSystem.Module], of index: Int?) {
    let domain = index.map { system.domains[$0] }
    let expected = domain?.modules ?? []
    let name = domain?.name.value ?? "dom0"
    guard modules.map(\.kind) == expected.map(\.kind) else {
      problems.append("the modules of \(name) are \(modules.map(\.kind.rawValue).joined(separator: ", "))")
      return
    }
    for (module, model) in zip(modules, expected) {
      let bootargs = model.kind == .kernel ? domain?.bootargs?.value : nil
      let hasOwn = model.properties.contains { $0.name == "bootargs" }
      expect(hasOwn || module.bootargs == bootargs, "the bootargs of \(name) differ")
      check(module, is: model, of: ModuleID(domain: index, kind: model.kind))
    }
  }

  /// The file that Xen will find for a module is the one that the description names, whole.
  private mutating func check(_ module: StartedSystem.Module, is model: Module, of id: ModuleID) {
    let title = system.title(of: id)
    switch module.reference {
    case .address(let range):
      guard let file = plan.files.first(where: { $0.address == range.lowerBound }) else {
        problems.append("nothing is loaded to \(hex(range.lowerBound)) for \(title)")
        return
      }
      expect(range.upperBound - range.lowerBound == UInt64(file.bytes.count), "the size of \(title) differs")
      expect(file.bytes == model.file?.bytes, "\(file.path) is not \(title)")
    case .uefiBinary(let name):
      expect(file(UEFITarget.folder + name)?.bytes == model.file?.bytes, "\(name) is not \(title)")
    }
  }

  // MARK: What the loaders read

  private mutating func checkRunScript(_ started: StartedSystem) {
    guard let script = file("run.sh"), let arguments = RunScript.arguments(of: script.bytes),
      let command = try? QEMUCommand(host: plan.tree, file: "boot.dtb")
    else {
      problems.append("run.sh is missing or cannot be read")
      return
    }
    let modules = plan.files.filter { $0.address != nil }.dropFirst(2)
    let xen = plan.files.first { $0.bytes == system.hypervisor.image?.bytes }
    let boot = DirectBoot(
      xen: xen?.path ?? "", tree: "boot.dtb",
      modules: modules.map { DirectBoot.Module(file: $0.path, address: $0.address ?? 0) })
    expect(arguments == command.arguments + boot.arguments, "run.sh starts something else")
    checkSpots()
  }

  private mutating func checkCommands(_ started: StartedSystem) {
    guard let commands = file("boot.cmd"), let image = file("boot.scr"),
      UBootScript.text(in: image.bytes) == commands.bytes,
      let script = UBootCommands(reading: String(decoding: commands.bytes, as: UTF8.self))
    else {
      problems.append("boot.scr is missing or cannot be read")
      return
    }
    let loaded = plan.files.filter { $0.address != nil }
    expect(script.steps.count == loaded.count, "boot.cmd loads \(script.steps.count) files")
    for step in script.steps {
      let file = file(step.file)
      expect(
        file?.address == step.address && file?.bytes.count == step.size, "boot.cmd loads something else as \(step.file)"
      )
    }
    let xen = plan.files.first { $0.address == script.xen }
    expect(xen?.bytes == system.hypervisor.image?.bytes, "boot.cmd does not start Xen")
    expect(file("boot.dtb")?.address == script.tree, "boot.cmd gives Xen another tree")
    checkSpots()
  }

  /// Nothing that is loaded overlaps anything else that is loaded.
  private mutating func checkSpots() {
    let ranges = plan.files.compactMap { file in
      file.address.map { (range: $0..<$0 + UInt64(file.bytes.count), path: file.path) }
    }.sorted { $0.range.lowerBound < $1.range.lowerBound }
    for (first, second) in zip(ranges, ranges.dropFirst()) {
      expect(first.range.upperBound <= second.range.lowerBound, "\(second.path) is loaded over \(first.path)")
    }
  }

  private mutating func checkConfiguration() {
    guard let file = file(UEFITarget.folder + UEFITarget.configuration),
      let configuration = StubConfiguration(reading: file.bytes)
    else {
      problems.append("\(UEFITarget.configuration) is missing or cannot be read")
      return
    }
    expect(configuration.tree == "boot.dtb", "\(UEFITarget.configuration) names another tree")
    expect(
      self.file(UEFITarget.folder + UEFITarget.program)?.bytes == system.hypervisor.image?.bytes,
      "\(UEFITarget.program) is not Xen")
  }
}
