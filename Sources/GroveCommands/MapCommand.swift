// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import BootTargets
internal import DeviceTree
internal import Diagnostics
internal import SystemFiles
internal import XenRules
internal import XenSystem

struct MapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map", abstract: "Show where everything lies, and who owns it.",
    discussion: """
      First the host's memory while the system is loaded, for each boot flow that says where; then what each domain sees at its own \
      addresses. With --domain that domain's addresses alone. With --owners who has which device, interrupt, stream, CPU and memory, and what \
      domains share; the files behind the modules of a finished tree are given by --module.
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case text, json, svg }

  @Argument(help: ArgumentHelp("The system.", valueName: "system"))
  var files: [String]

  @Flag(help: "Show who owns what, and what domains share.")
  var owners = false

  @Option(help: ArgumentHelp("Show what this domain sees, and nothing else.", valueName: "name"))
  var domain: String?

  @Option(help: "How to print the map: text, json or svg.")
  var format = Format.text

  @OptionGroup var targets: TargetOptions
  @OptionGroup var options: SystemOptions
  @OptionGroup var judging: JudgingOptions
  @OptionGroup var modules: ModuleOptions

  func run() throws {
    let gate = try judging.gate(beside: files)
    let loaded = try options.load(files, modules: modules)
    if loaded.system.hypervisor.image == nil {
      try showFinished(loaded, gate)
    } else {
      try showPlanned(loaded, gate)
    }
  }

  private func showPlanned(_ loaded: LoadedSystem, _ gate: CheckGate) throws {
    let plans = Plans(loaded, targets: targets.targets, gate: gate)
    Output.diagnostics(plans.diagnostics, sources: loaded.sources + gate.sources)
    // What is wrong can be looked at, as long as there is something to show.
    guard !plans.plans.isEmpty else { throw ExitCode(1) }
    // Where the firmware places everything there is nothing to show of it.
    let placed = plans.plans.filter { $0.placement != nil }
    let shown = placed.first ?? plans.plans.first
    let ownership = try Output.reporting(files[0], sources: loaded.sources) {
      try loaded.system.ownership(in: shown?.tree, spots: shown?.placement?.spots ?? [])
    }
    try show(loaded.system, placed.map { MemoryMap($0, of: loaded.system) }, ownership, loaded.sources)
    if plans.diagnostics.hasErrors { throw ExitCode(1) }
  }

  /// A finished tree says where its modules are; nothing is left to be placed.
  private func showFinished(_ loaded: LoadedSystem, _ gate: CheckGate) throws {
    let system = loaded.system
    var found = loaded.diagnostics
    if owners, files.count == 1 { found += try judge(system, gate) }
    let passed = gate.pass(found, sources: loaded.sources).diagnostics
    Output.diagnostics(passed, sources: loaded.sources)
    let ownership = try Output.reporting(files[0], sources: loaded.sources) {
      try system.ownership(
        in: system.bootTree { id in
          let module = id.domain.map { system.domains[$0].module(id.kind) } ?? system.hypervisor.policy
          guard let module, let start = module.address?.value else { return .address(0..<0) }
          let (end, overflow) = start.addingReportingOverflow(module.size)
          return .address(start..<(overflow ? .max : end))
        })
    }
    try show(system, [MemoryMap(finished: system)], ownership, loaded.sources)
    if passed.hasErrors { throw ExitCode(1) }
  }

  /// What the rules say of the tree as it stands: an owner of something that Xen cannot give is none.
  private func judge(_ system: XenSystem, _ gate: CheckGate) throws -> [Diagnostic] {
    try Output.reporting(files[0]) {
      let tree = try loadTree(files[0], options: options.loadOptions())
      var given = try modules.read()
      let subject = Subject(
        tree: tree.tree, file: files[0], release: system.hypervisor.release, provenance: tree.source
      ) { given.file(behind: $0, in: tree.tree) }
      return check(subject, levels: gate.levels)
    }
  }

  // MARK: Printing

  private func show(
    _ system: XenSystem, _ hosts: [MemoryMap], _ ownership: Ownership, _ sources: [SourceText]
  ) throws {
    let guests = try guestMaps(of: system, sources)
    let isWhole = domain == nil
    switch format {
    case .text:
      // Owners come with the same addresses, and the rest would bury them.
      if owners {
        Output.result(ownership.text)
      } else if isWhole {
        for map in hosts { Output.result(map.text) }
      }
      if !owners || !isWhole { for map in guests { Output.result(map.text) } }
    case .json:
      Output.result(
        MapReport(
          host: isWhole ? hosts.map(MapReport.HostMap.init) : [], guests: guests.map(MapReport.GuestMap.init),
          owners: owners ? MapReport.Owners(ownership) : nil
        ).json)
    case .svg:
      let drawing =
        isWhole
        ? MapDrawing(ownership, guests: guests, title: "The addresses of \(files[0])")
        : MapDrawing(guests: guests, title: "The addresses of \(domain ?? "") in \(files[0])")
      Output.result(drawing.svg)
    }
  }

  /// The maps of the domains that were asked for. One that cannot be predicted has a message instead.
  private func guestMaps(of system: XenSystem, _ sources: [SourceText]) throws -> [GuestAddressMap] {
    let asked = try domain.map { try system.index(ofDomain: $0) }
    var maps: [GuestAddressMap] = []
    for (index, map) in system.addressMaps().enumerated() where asked == nil || asked == index {
      switch map {
      case .success(let map): maps.append(map)
      case .failure(let failure):
        Output.diagnostics(failure.diagnostics, sources: sources)
        if asked != nil { throw ExitCode(1) }
      }
    }
    return maps
  }
}
