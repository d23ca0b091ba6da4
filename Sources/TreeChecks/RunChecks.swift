// SPDX-License-Identifier: Apache-2.0
import CompactStorage
public import DeviceTree

/// Runs dtc's checks over a tree, in dtc's order, and puts the tree in order as dtc's checks do.
///
/// The tree comes as it was read, with references not yet resolved. When the result has no errors they are resolved,
/// phandles are given, and nodes that nothing needs are gone: the tree can be flattened. At the first check that
/// fails at level error the run ends, and what the checks behind it would have put in order is left as it is.
public func runChecks(_ tree: inout DeviceTree, options: CheckOptions = CheckOptions()) -> CheckResult {
  var compact = CompactTree(tree)
  tree = DeviceTree()
  let result = runChecks(&compact, options: options)
  tree = DeviceTree(compact)
  return result
}

/// Runs the checks over a tree of the compiler: see ``runChecks(_:options:)``.
package func runChecks(_ tree: inout CompactTree, options: CheckOptions) -> CheckResult {
  var runner = CheckRunner(Inspection(taking: &tree, options))
  runner.runAll()
  runner.inspection.giveBack(&tree)
  return CheckResult(findings: runner.inspection.findings, hasErrors: runner.hasErrors)
}

/// Runs each check at most once, its prerequisites before it.
private struct CheckRunner: ~Copyable {
  enum Status {
    case notRun, passed, failed
  }

  var inspection: Inspection
  private(set) var hasErrors = false
  private var status = Array(repeating: Status.notRun, count: TreeCheck.all.count)

  init(_ inspection: consuming Inspection) {
    self.inspection = inspection
  }

  mutating func runAll() {
    for check in TreeCheck.all.indices where !hasErrors {
      let level = inspection.options.levels.states[check]
      if level.warns || level.isError { run(check) }
    }
  }

  /// A prerequisite is run whatever its level; it only says nothing when it is off. The chain of prerequisites is
  /// short.
  private mutating func run(_ check: Int) {
    guard status[check] == .notRun else { return }
    let level = inspection.options.levels.states[check]
    let isSilent = !level.warns && !level.isError
    var isReady = true
    for name in TreeCheck.all[check].prerequisites {
      guard let prerequisite = TreeCheck.position(of: name) else { continue }
      if !hasErrors { run(prerequisite) }
      guard status[prerequisite] != .passed else { continue }
      isReady = false
      inspection.reportFailedPrerequisite(prerequisite, of: check, isSilent: isSilent)
    }
    guard isReady else {
      status[check] = .failed
      return
    }
    inspection.begin(check, isSilent: isSilent)
    TreeCheck.all[check].run(&inspection)
    status[check] = inspection.hasFailed ? .failed : .passed
    if inspection.hasFailed, level.isError { hasErrors = true }
  }
}
