// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import Machine

extension Rule {
  static let moduleOverlap = Rule(
    "module-overlap", "a boot module overlaps another one, reserved memory, or what the loader keeps",
    after: ["module-reg", "cell-sizes"],
    effects: [
      Effect("bad", xen417: .panics("Xen BUG at common/page_alloc.c"), xen420: .wrong("PROBE ramdisk=none")),
      Effect("bad-reserved", xen417: .boots, xen420: .silent),
    ],
    explanation: """
      Xen up to 4.17 stops with "Xen BUG at common/page_alloc.c"; since 4.18 it drops the second module without a word on a \
      release build, and the domain then says "Missing kernel boot module?" or starts without its ramdisk. Two guests may name \
      exactly the same range for the same purpose. Move one of the two, or leave placing to Grove.
      """
  ) { subject in
    var findings: [Finding] = []
    let placed = subject.modules.compactMap { module in
      module.range.flatMap { $0.isEmpty ? nil : (module: module, range: $0) }
    }
    // In order of their start, a module can only overlap the one that reaches furthest of those before it.
    var furthest: (module: Subject.BootModule, range: Range<UInt64>)?
    for next in placed.sorted(by: {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }) {
      if let other = furthest, other.range.overlaps(next.range), !isShared(other, next) {
        findings.append(
          Finding(
            "\(subject.title(next.module)) at \(describe(next.range)) overlaps \(subject.title(other.module)) at \(describe(other.range))",
            at: subject.place(next.module.node, property: "reg"),
            notes: [.init("the other module is here", at: subject.place(other.module.node, property: "reg"))]))
      }
      if furthest.map({ $0.range.upperBound < next.range.upperBound }) ?? true { furthest = next }
    }
    for (module, range) in placed {
      for region in subject.spots + subject.machine.reserved where region.range.overlaps(range) {
        findings.append(
          Finding(
            "\(subject.title(module)) at \(describe(range)) overlaps \(region.name) at \(describe(region.range))",
            at: subject.place(module.node, property: "reg")))
      }
    }
    return findings
  }

  /// Xen finds a module by its kind and address, so two guests can name the same one.
  private static func isShared(
    _ first: (module: Subject.BootModule, range: Range<UInt64>),
    _ second: (module: Subject.BootModule, range: Range<UInt64>)
  ) -> Bool {
    first.range == second.range && first.module.kind == second.module.kind && first.module.guest != second.module.guest
  }
}
