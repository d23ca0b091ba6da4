// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let tooManyModules = Rule(
    "too-many-modules", "there are more than \(XenLimits.loadableModules) boot modules",
    effects: [
      Effect("bad", xen417: .panics("Missing kernel boot module?"))
    ],
    explanation: """
      Xen keeps \(XenLimits.modules) modules, itself and the tree among them, so \(XenLimits.loadableModules) are left. Those after them \
      are dropped, and the domain that needs one stops with "Missing kernel boot module?". Guests that share one file count it once.
      """
  ) { subject in
    var distinct: Set<Identity> = []
    for module in subject.modules {
      distinct.insert(Identity(kind: module.kind, start: module.range?.lowerBound, file: module.uefiBinary))
      guard distinct.count > XenLimits.loadableModules else { continue }
      let all = Set(subject.modules.map { Identity(kind: $0.kind, start: $0.range?.lowerBound, file: $0.uefiBinary) })
      return [
        Finding(
          "\(all.count) boot modules, but Xen keeps \(XenLimits.modules) in all, itself and the tree among them: "
            + "\(subject.title(module)) is the first one that it would drop", at: subject.place(module.node),
          hint: "let guests share kernels and ramdisks, or leave \(all.count - XenLimits.loadableModules) out")
      ]
    }
    return []
  }

  /// What makes two modules the same one for Xen.
  private struct Identity: Hashable {
    var kind: ModuleKind?
    var start: UInt64?
    var file: String?
  }
}
