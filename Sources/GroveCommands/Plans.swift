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
  /// What the plans and the rules have to say, each thing once.
  var diagnostics: [Diagnostic]

  /// Plans for each target. With no target named, those that the host can be booted by: a host that QEMU cannot be has no qemu plan.
  init(_ loaded: LoadedSystem, targets: [BootTarget]) {
    plans = []
    diagnostics = []
    for target in targets.isEmpty ? BootTarget.allCases : targets {
      do throws(Failure) {
        let plan = try loaded.system.plan(for: target)
        plans.append(plan)
        add(plan.warnings)
        add(Self.judge(plan, of: loaded.system))
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
  }

  private static func judge(_ plan: BootPlan, of system: XenSystem) -> [Diagnostic] {
    do {
      let subject = Subject(
        tree: try DeviceTree(blob: plan.blob), file: system.host.file, release: system.hypervisor.release,
        provenance: plan.tree, spots: plan.placement?.spots ?? [])
      return check(subject)
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
