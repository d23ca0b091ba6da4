// SPDX-License-Identifier: Apache-2.0

// What Xen takes of a bundle without a word although its guest would never say one. The planner writes no such bundle; somebody who
// edits one may.
extension Bundle {
  private static let pageSize: UInt64 = 4096

  /// - Throws: the first thing that would keep the guest silent.
  func check() throws(Failure) {
    try checkMemory()
    try checkLoads()
    try isWide ? checkWideEntry() : checkNarrowEntry()
  }

  /// RAM, registers of the machine and shared pages have addresses of their own.
  private func checkMemory() throws(Failure) {
    var ranges = ram
    for mapping in mappings { ranges.append(mapping.guest) }
    for page in pages {
      guard page.address <= .max - Self.pageSize else { throw Failure("the bundle's pages are malformed") }
      ranges.append(page.address..<(page.address + Self.pageSize))
    }
    if let address = Self.overlap(ranges) {
      throw Failure("two parts of the bundle's memory lie over each other", at: address)
    }
  }

  private func checkLoads() throws(Failure) {
    var ranges: [Range<UInt64>] = []
    for load in loads where !load.memory.isEmpty { ranges.append(load.memory) }
    if let address = Self.overlap(ranges) {
      throw Failure("two of the bundle's loads lie over each other", at: address)
    }
    guard let treeAddress else { throw Failure("the bundle loads no tree") }
    guard treeAddress % 8 == 0 else { throw Failure("the bundle's tree is at no multiple of 8", at: treeAddress) }
  }

  /// Where ranges lie over each other first.
  private static func overlap(_ ranges: [Range<UInt64>]) -> UInt64? {
    let ordered = ranges.sorted { $0.lowerBound < $1.lowerBound }
    for (range, next) in zip(ordered, ordered.dropFirst()) where next.lowerBound < range.upperBound {
      return next.lowerBound
    }
    return nil
  }

  // MARK: The first CPU

  private func checkWideEntry() throws(Failure) {
    try checkStart()
    guard let tree = register("x0") else { throw Failure("the bundle has no x0, where its guest looks for the tree") }
    guard tree == treeAddress else { throw Failure("the bundle's x0 is not where its tree is", at: tree) }
    // EL1 with either stack pointer.
    guard let state = register("cpsr"), state & 0x1f == 5 || state & 0x1f == 4 else {
      throw Failure("the bundle's cpsr is no state in which a kernel starts", at: register("cpsr"))
    }
  }

  private func checkNarrowEntry() throws(Failure) {
    try checkStart()
    guard let tree = register("r2") else { throw Failure("the bundle has no r2, where its guest looks for the tree") }
    guard tree == treeAddress else { throw Failure("the bundle's r2 is not where its tree is", at: tree) }
    // Supervisor mode, as kernels of 32 bits expect it.
    guard let state = register("cpsr"), state & 0x1f == 0x13 else {
      throw Failure("the bundle's cpsr is no state in which a kernel starts", at: register("cpsr"))
    }
  }

  private func checkStart() throws(Failure) {
    guard let start = register("pc") else { throw Failure("the bundle has no pc, where its first CPU starts") }
    for load in loads where files[load.file].input.isSame(as: "kernel") && load.memory.contains(start) { return }
    throw Failure("the bundle's first CPU starts outside of the kernel", at: start)
  }

  /// The last of that name, which is the one that counts.
  private func register(_ name: StaticString) -> UInt64? { registers.last { $0.name.isSame(as: name) }?.value }
}
