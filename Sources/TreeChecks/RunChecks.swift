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
  var inspection: Inspection
  private(set) var hasErrors = false
  private var hasRun = CheckSet()
  private var hasPassed = CheckSet()

  init(_ inspection: consuming Inspection) {
    self.inspection = inspection
  }

  mutating func runAll() {
    guard let last = lastNeeded else { return }
    for check in TreeCheck.ID.all where !hasErrors && check <= last && inspection.options.levels[check] != .off {
      run(check)
    }
  }

  /// The last check of which somebody wants to know what it says. When nobody wants to know of warnings,
  /// that is the last one that may be an error: provided that all those are among the errors which put the tree in order.
  private var lastNeeded: TreeCheck.ID? {
    let errors = inspection.options.levels.errors
    let orderly: InlineArray<_, TreeCheck.ID> = [
      .nameProperties, .explicitPhandles, .phandleReferences, .pathReferences, .omitUnusedNodes,
    ]
    var isInOrder = !inspection.options.keepsWarnings
    for at in orderly.indices where !errors.contains(orderly[at]) { isInOrder = false }
    return isInOrder ? errors.last : .alwaysFail
  }

  /// A prerequisite is run whatever its level; it only says nothing when it is off. The chain of prerequisites is
  /// short.
  private mutating func run(_ check: TreeCheck.ID) {
    guard !hasRun.contains(check) else { return }
    let level = inspection.options.levels[check]
    var isReady = true
    let entry = TreeCheck[check]
    entry.forEachPrerequisite { prerequisite in
      if !hasErrors { run(prerequisite) }
      guard !hasPassed.contains(prerequisite) else { return }
      isReady = false
      inspection.reportFailedPrerequisite(prerequisite, of: check, isSilent: level == .off)
    }
    hasRun.insert(check)
    guard isReady else { return }
    inspection.begin(check, isSilent: level == .off)
    inspection.run(entry.body)
    if !inspection.hasFailed { hasPassed.insert(check) } else if level == .error { hasErrors = true }
  }
}
