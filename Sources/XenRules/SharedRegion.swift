// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import GuestTree
internal import Machine
internal import XenFacts
internal import XenSystem

/// A `xen,domain-shared-memory-v1` node, read as Xen reads it.
struct SharedRegion {
  var node: DeviceTree.NodeID
  var id: String
  /// Nil where Xen takes the memory from its heap.
  var host: Range<UInt64>?
  var guest: Range<UInt64>
  var isOwner: Bool

  struct Fault: Error {
    var finding: Finding
  }

  static func read(_ node: DeviceTree.NodeID, in subject: Subject) -> Result<SharedRegion, Fault> {
    let path = subject.tree.path(of: node)
    func fault(_ message: String, _ property: String?) -> Result<SharedRegion, Fault> {
      .failure(Fault(finding: Finding(message, at: subject.place(node, property: property))))
    }
    guard let id = subject.tree[node, "xen,shm-id"]?.string, !id.isEmpty else {
      return fault("\(path) has no xen,shm-id that names its memory", nil)
    }
    guard id.utf8.count <= XenLimits.sharedMemoryName else {
      return fault(
        "the xen,shm-id of \(path) has \(id.utf8.count) characters, and Xen keeps \(XenLimits.sharedMemoryName)",
        "xen,shm-id")
    }
    guard let value = subject.tree[node, "xen,shared-mem"], let cells = value.cells,
      let parent = subject.tree[node].parent
    else { return fault("\(path) has no xen,shared-mem", nil) }
    let sizes = subject.tree.cellSizes(of: parent, inherited: true)
    guard (1...2).contains(sizes.address), (1...2).contains(sizes.size) else {
      return fault("\(path) stands below cells that Xen cannot read", nil)
    }
    func number(_ cells: ArraySlice<UInt32>) -> UInt64 { cells.reduce(0) { $0 << 32 | UInt64($1) } }
    let size = number(cells.suffix(sizes.size))
    var host: Range<UInt64>?
    let guestStart: UInt64
    switch cells.count {
    case 2 * sizes.address + sizes.size:
      let start = number(cells[..<sizes.address])
      guard size <= .max - start else {
        return fault("xen,shared-mem of \(path) ends beyond all memory", "xen,shared-mem")
      }
      host = start..<start + size
      guestStart = number(cells[sizes.address..<2 * sizes.address])
    case sizes.address + sizes.size:
      guard subject.release.version >= XenVersion(4, 19) else {
        return fault(
          "xen,shared-mem of \(path) has no host address, which may be left out since Xen 4.19", "xen,shared-mem")
      }
      guestStart = number(cells[..<sizes.address])
    default:
      return fault(
        "xen,shared-mem of \(path) has \(cells.count) cells, and host address, guest address and size take "
          + "\(2 * sizes.address + sizes.size)", "xen,shared-mem")
    }
    guard size <= .max - guestStart else {
      return fault("xen,shared-mem of \(path) ends beyond all memory", "xen,shared-mem")
    }
    guard size > 0, ((host?.lowerBound ?? 0) | guestStart | size) % 4096 == 0 else {
      return fault("xen,shared-mem of \(path) is not made of whole pages of 4 KiB", "xen,shared-mem")
    }
    let role = subject.tree[node, "role"]?.string
    if subject.tree[node, "role"] != nil, role != "owner", role != "borrower" {
      return fault("the role of \(path) is neither \"owner\" nor \"borrower\"", "role")
    }
    return .success(
      SharedRegion(node: node, id: id, host: host, guest: guestStart..<guestStart + size, isOwner: role == "owner"))
  }

  /// What is wrong with this region, given those before it.
  func faults(among others: [SharedRegion], in subject: Subject) -> [Finding] {
    let path = subject.tree.path(of: node)
    let place = subject.place(node, property: "xen,shared-mem")
    if let same = others.first(where: { $0.id == id }) {
      let note = [Diagnostic.Note("it is also here", at: subject.place(same.node))]
      if same.host != host || same.guest.count != guest.count {
        return [
          Finding(
            "\(path) and \(subject.tree.path(of: same.node)) name \(id), but not the same memory", at: place,
            notes: note)
        ]
      }
      if isOwner, let owner = others.first(where: { $0.id == id && $0.isOwner }) {
        return [
          Finding(
            "\(path) is a second owner of \(id)", at: subject.place(node, property: "role"),
            notes: [.init("the first one is here", at: subject.place(owner.node))], causes: [])
        ]
      }
    } else if let host, let other = others.first(where: { $0.host?.overlaps(host) ?? false }) {
      return [
        Finding(
          "\(path) and \(subject.tree.path(of: other.node)) share memory under two names", at: place,
          notes: [.init("the other one is here", at: subject.place(other.node))])
      ]
    }
    return [hostFault(path, place, in: subject), guestFault(path, place, in: subject)].compactMap { $0 }
  }

  private func hostFault(_ path: String, _ place: Place, in subject: Subject) -> Finding? {
    guard let host else { return nil }
    let what = "the memory of \(path), \(describe(host)),"
    if !subject.machine.ram.ranges.isEmpty, !subject.machine.ram.contains(host) {
      return Finding("\(what) is not in RAM", at: place)
    }
    for guest in subject.guests {
      guard let reserved = subject.staticMemory(of: guest)?.first(where: { $0.overlaps(host) }) else { continue }
      return Finding(
        "\(what) overlaps the static memory of \(subject.tree[guest].name), \(describe(reserved))", at: place,
        notes: [.init("the static memory is here", at: subject.place(guest, property: "xen,static-mem"))])
    }
    if let module = subject.modules.first(where: { $0.range.map(host.overlaps) ?? false }) {
      return Finding("\(what) overlaps \(subject.title(module))", at: place)
    }
    return nil
  }

  private func guestFault(_ path: String, _ place: Place, in subject: Subject) -> Finding? {
    guard let domain = subject.tree[node].parent, subject.guests.contains(domain) else { return nil }
    if subject.has("direct-map", domain) {
      guard let host, host.lowerBound != guest.lowerBound else { return nil }
      return Finding("\(path) is in a direct-map domain, but the guest's address is not the host's", at: place)
    }
    guard let memory = subject.memory(of: domain) else { return nil }
    guard let ram = GuestMap.arm.ram(of: memory).first, guest.overlaps(ram) else { return nil }
    return Finding(
      "\(path) is at \(describe(guest)) in \(subject.tree[domain].name), where that has its own memory, \(describe(ram))",
      at: place)
  }
}

extension Subject {
  /// Every static shared memory node: of guests, and of dom0 right below /chosen.
  var sharedMemory: [DeviceTree.NodeID] {
    children(compatible: "xen,domain-shared-memory-v1")
  }

  /// The nodes below /chosen and below guests that are compatible with something.
  func children(compatible: String) -> [DeviceTree.NodeID] {
    guard let chosen else { return [] }
    return ([chosen] + guests).flatMap { parent in tree.children(of: parent).filter { isCompatible($0, compatible) } }
  }

  func isCompatible(_ node: DeviceTree.NodeID, _ compatible: String) -> Bool {
    tree[node, "compatible"]?.lists(compatible) ?? false
  }

  /// The ranges of `xen,static-mem`, in the cells of /chosen; nil when it is no list of ranges.
  func staticMemory(of guest: DeviceTree.NodeID) -> [Range<UInt64>]? {
    guard let chosen, let value = tree[guest, "xen,static-mem"] else { return nil }
    return tree.ranges(value, cells: tree.cellSizes(of: chosen, inherited: true))
  }
}
