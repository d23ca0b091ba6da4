// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
public import Diagnostics
internal import Machine

/// The tree that a running kernel hands to the next one (kexec), made of the tree that it was started with itself.
///
/// The machine stays as it is told. `/chosen` and the memory reservations are for one kernel, and are made for the next.
public struct Handover: Sendable {
  /// For the next kernel.
  public private(set) var tree: DeviceTree
  /// What became of things that nobody spoke of, and what may go wrong all the same. No errors.
  public private(set) var diagnostics: [Diagnostic] = []

  /// Makes the next kernel's tree.
  ///
  /// - Parameters:
  ///   - running: the tree that the running kernel was started with, references resolved.
  ///   - next: what is different.
  ///   - file: what messages call the running kernel's tree.
  /// - Throws: every reason why the next kernel would not run.
  public init(from running: DeviceTree, to next: NextKernel, file: String) throws(Failure) {
    tree = running
    tree.removeNameProperties()
    let chosen = tree.ensureChild("chosen", of: tree.root)
    let former = formerRamdisk(chosen)
    let bootargs = tree[chosen, "bootargs"]?.string ?? ""
    dropInherited(chosen, next, file)
    setChosen(chosen, next)
    let errors = changeReservations(next, former: former, file)
    if let cpu = next.bootCPU { tree.bootCPU = cpu }
    let judge = HandoverJudge(tree: tree, next: next, file: file)
    let all = errors + judge.errors()
    guard all.isEmpty else { throw Failure(all) }
    diagnostics += judge.warnings(running: bootargs)
  }

  // MARK: /chosen

  /// The ramdisk of the running kernel, whose ends are one cell or two.
  private func formerRamdisk(_ chosen: DeviceTree.NodeID) -> Range<UInt64>? {
    func number(_ name: String) -> UInt64? {
      guard let cells = tree[chosen, name]?.cells, (1...2).contains(cells.count) else { return nil }
      return cells.reduce(0) { $0 << 32 | UInt64($1) }
    }
    guard let start = number("linux,initrd-start"), let end = number("linux,initrd-end"), start < end else {
      return nil
    }
    return start..<end
  }

  private mutating func dropInherited(_ chosen: DeviceTree.NodeID, _ next: NextKernel, _ file: String) {
    let replaced = Set(
      (next.ramdisk == nil ? [] : ["linux,initrd-start", "linux,initrd-end"])
        + (next.crash == nil ? [] : ["linux,usable-memory-range"])
        + (next.crash?.coreHeader == nil ? [] : ["linux,elfcorehdr"]))
    for inherited in InheritedProperty.all where !replaced.contains(inherited.name) {
      guard let value = tree[chosen, inherited.name] else { continue }
      switch inherited.fate {
      case .leftOut:
        tree.removeProperty(inherited.name, from: chosen)
        note("\(inherited.name) is left out: \(inherited.reason)", inherited.name, file)
      case .wiped:
        guard value.bytes.contains(where: { $0 != 0 }) else { continue }
        tree.set(
          inherited.name, PropertyValue(bytes: Array(repeating: 0, count: value.bytes.count), marks: value.marks),
          on: chosen)
        note("\(inherited.name) is made zero: \(inherited.reason)", inherited.name, file)
      }
    }
    guard next.forgetsFirmware else { return }
    let told = tree[chosen].properties.map(\.name).filter { $0.hasPrefix(InheritedProperty.firmware) }
    guard !told.isEmpty else { return }
    tree[chosen].properties.removeAll { $0.name.hasPrefix(InheritedProperty.firmware) }
    note(
      "\(told.joined(separator: ", ")) \(told.count == 1 ? "is" : "are") left out: "
        + "the next kernel finds neither the firmware's memory map nor its services and tables", nil, file)
  }

  private mutating func note(_ message: String, _ property: String?, _ file: String) {
    diagnostics.append(
      Diagnostic(.note, rule: "kexec-chosen", message, at: Place(file: file, node: "/chosen", property: property)))
  }

  private mutating func setChosen(_ chosen: DeviceTree.NodeID, _ next: NextKernel) {
    if let bootargs = next.bootargs { tree.set("bootargs", .string(bootargs), on: chosen) }
    if let ramdisk = next.ramdisk {
      tree.set("linux,initrd-start", .u64(ramdisk.lowerBound), on: chosen)
      tree.set("linux,initrd-end", .u64(ramdisk.upperBound), on: chosen)
    }
    if let crash = next.crash {
      tree.set("linux,usable-memory-range", cells(of: crash.memory), on: chosen)
      if let header = crash.coreHeader { tree.set("linux,elfcorehdr", cells(of: [header]), on: chosen) }
    }
    // As kernels say it themselves that load the next one.
    tree.set("linux,booted-from-kexec", PropertyValue(), on: chosen)
  }

  /// Addresses and sizes in as many cells as the root says. What does not fit is an error of its own.
  private func cells(of ranges: [Range<UInt64>]) -> PropertyValue {
    let sizes = tree.cellSizes(of: tree.root)
    func cells(_ number: UInt64, _ count: Int) -> [UInt32] {
      count == 1
        ? [UInt32(truncatingIfNeeded: number)]
        : [UInt32(truncatingIfNeeded: number >> 32), UInt32(truncatingIfNeeded: number)]
    }
    return .cells(
      ranges.flatMap { cells($0.lowerBound, sizes.address) + cells($0.upperBound - $0.lowerBound, sizes.size) })
  }

  // MARK: Reservations

  private mutating func changeReservations(
    _ next: NextKernel, former: Range<UInt64>?, _ file: String
  ) -> [Diagnostic] {
    var errors: [Diagnostic] = []
    for release in next.releases {
      let count = tree.reservations.count
      tree.reservations.removeAll { $0.isSame(as: release) }
      guard tree.reservations.count == count else { continue }
      errors.append(
        .error(
          "kexec-reservation", "no memory reservation is \(describe(release))", at: Place(file: file),
          hint: tree.reservations.isEmpty
            ? "the tree has none"
            : "the tree has " + tree.reservations.prefix(8).map(\.text).joined(separator: ", ")
              + (tree.reservations.count > 8 ? " and \(tree.reservations.count - 8) more" : "")))
    }
    // Loaders reserve it to the byte, or to the page.
    if let former, former != next.ramdisk {
      let end = former.upperBound.addingReportingOverflow(4095)
      let pages = former.lowerBound..<(end.overflow ? former.upperBound : end.partialValue & ~4095)
      let count = tree.reservations.count
      tree.reservations.removeAll { $0.isSame(as: former) || $0.isSame(as: pages) }
      if tree.reservations.count < count {
        diagnostics.append(
          Diagnostic(
            .note, rule: "kexec-reservation",
            "the memory reservation of the running kernel's ramdisk at \(describe(former)) is left out",
            at: Place(file: file)))
      }
    }
    for reservation in next.reservations where !tree.reservations.contains(where: { $0.isSame(as: reservation) }) {
      tree.reservations.append(
        DeviceTree.Reservation(
          address: reservation.lowerBound, size: reservation.upperBound - reservation.lowerBound))
    }
    return errors
  }
}

extension DeviceTree.Reservation {
  fileprivate func isSame(as range: Range<UInt64>) -> Bool {
    address == range.lowerBound && size == range.upperBound - range.lowerBound
  }

  fileprivate var text: String {
    let end = address.addingReportingOverflow(size)
    return describe(address..<(end.overflow ? .max : end.partialValue))
  }
}
