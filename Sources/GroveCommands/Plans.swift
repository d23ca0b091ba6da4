// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import BootTargets
internal import DeviceTree
internal import Diagnostics
internal import SystemFiles
internal import XenRules
internal import XenSystem

/// The plans of a system for several boot flows, judged by every rule.
struct Plans {
  var plans: [BootPlan]
  /// What the front end, the plans and the rules have to say, each thing once, less what is allowed.
  private(set) var diagnostics: [Diagnostic]
  /// What is allowed, with the reasons.
  private(set) var waived: [WaivedDiagnostics.Pair] = []
  private let levels: RuleLevels

  /// Plans for each target. With no target named, those that the host can be booted by: a host that QEMU cannot be has no qemu plan.
  init(_ loaded: LoadedSystem, targets: [BootTarget], gate: CheckGate) {
    plans = []
    diagnostics = loaded.diagnostics
    levels = gate.levels
    for target in targets.isEmpty ? BootTarget.allCases : targets {
      do throws(Failure) {
        let plan = try loaded.system.plan(for: target)
        plans.append(plan)
        add(plan.warnings)
        add(judge(plan, of: loaded.system))
      } catch {
        let isUnwanted = targets.isEmpty && error.diagnostics.allSatisfy { $0.rule == "host-not-qemu" }
        add(
          isUnwanted
            ? error.diagnostics.map { diagnostic in
              var note = diagnostic
              note.level = .note
              note.hint = "nothing is written for the target qemu"
              return note
            } : error.diagnostics)
      }
    }
    diagnostics += loaded.system.checkAssertions().compactMap(levels.weigh)
    let result = gate.pass(diagnostics, sources: loaded.sources)
    diagnostics = result.diagnostics
    waived = result.waived
  }

  private func judge(_ plan: BootPlan, of system: XenSystem) -> [Diagnostic] {
    do {
      let subject = Subject(
        tree: try DeviceTree(blob: plan.blob), file: system.host.file, release: system.hypervisor.release,
        provenance: plan.tree, spots: plan.placement?.spots ?? [], flow: Flow(plan.target)
      ) { plan.file(behind: $0) }
      return check(subject, levels: levels)
    } catch {
      return [
        .error("self-check", "the tree that was made cannot be read: \(error)", at: Place(file: system.host.file))
      ]
    }
  }

  /// The same fault shows in every flow's tree, at other addresses.
  private mutating func add(_ more: [Diagnostic]) {
    for diagnostic in more {
      let isKnown = diagnostics.contains { $0.rule == diagnostic.rule && $0.place == diagnostic.place }
      if !isKnown { diagnostics.append(diagnostic) }
    }
  }
}

extension Flow {
  init(_ target: BootTarget) {
    switch target {
    case .qemu: self = .direct
    case .uboot: self = .uBoot
    case .uefi: self = .uefi
    }
  }
}

extension BootPlan {
  /// The file that this plan puts behind a module.
  fileprivate func file(behind module: Subject.BootModule) -> ModuleFile? {
    let load: Load?
    if let placement, let start = module.range?.lowerBound {
      load = zip(loads, placement.ranges).first { $0.1.lowerBound == start }?.0
    } else if let name = module.uefiBinary, let planned = files.first(where: { $0.path == name }) {
      // Copies of one array share their storage, so this is no look at every byte.
      load = loads.first { $0.module.file?.bytes == planned.bytes && $0.module.kind == module.kind }
    } else {
      load = nil
    }
    return load.flatMap { load in
      load.module.file.map { ModuleFile(name: $0.name, bytes: $0.bytes, kind: module.kind, image: load.module.image) }
    }
  }
}
