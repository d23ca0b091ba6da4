// SPDX-License-Identifier: Apache-2.0
internal import BootImages
internal import DeviceTree
public import Diagnostics
internal import GuestTree
internal import Machine
internal import XenFacts

extension XenSystem {
  /// The tree that a domain of this system will find.
  ///
  /// - Parameters:
  ///   - domain: an index into ``domains``.
  ///   - flow: how Xen is started: some loaders write into the tree that dom0 sees.
  /// - Throws: a failure when Xen would find no place for the guest's kernel, tree or ramdisk, or the partial tree is broken.
  public func predictedTree(of domain: Int, flow: Flow) throws(Failure) -> PredictedTree {
    guard domains[domain].isDom0 else { return try guestTree(of: domains[domain]) }
    // Where modules lie does not show in dom0's tree; how large its ramdisk is does.
    let tree = try bootTree { id in
      let module = id.domain.flatMap { domains[$0].module(id.kind) } ?? hypervisor.policy
      return .address(0..<(module?.size ?? 0))
    }
    var dom0 = Dom0Tree(tree, version: hypervisor.release.version, flow: flow)
    return dom0.predict()
  }

  private func guestTree(of domain: Domain) throws(Failure) -> PredictedTree {
    let made = try madeTree(of: domain)
    guard let tree = try? DeviceTree(blob: made.blob) else {
      throw noPrediction(of: domain, "the partial tree of \(domain.name.value) has names that no tree can have")
    }
    return PredictedTree(tree: tree)
  }

  private func noPrediction(of domain: Domain, _ message: String) -> Failure {
    Failure([.error("no-prediction", message, at: domain.name.location.map { Place($0) } ?? Place(file: host.file))])
  }

  /// A guest's tree and layout as Xen makes them.
  func madeTree(of domain: Domain, facts: HostFacts? = nil) throws(Failure) -> GuestTree {
    func failure(_ message: String) -> Failure { noPrediction(of: domain, message) }
    do throws(GuestTree.Failure) {
      return try GuestTree(
        guest(domain), kernel: kernel(of: domain), host: facts ?? hostFacts,
        platform: .dom0less(hypervisor.release.version))
    } catch {
      switch error {
      case .layout(.memoryOverBanks): throw failure("\(domain.name.value) asks for more RAM than a guest can have")
      case .layout(.noMemory): throw failure("\(domain.name.value) has no RAM, so it has no tree")
      case .layout(.kernelOutsideRAM):
        throw failure("the kernel of \(domain.name.value) does not fit into its first bank of RAM")
      case .layout(.noRoomForTree):
        throw failure("the RAM of \(domain.name.value) has no room for its tree and its ramdisk beside the kernel")
      case .layout(.noRoomForPages):
        throw failure("there is no room for the pages that \(domain.name.value) shares with Xen")
      case .tooManyCPUs(let count):
        throw failure("\(domain.name.value) has \(count) CPUs, and there are numbers for \(GuestTree.cpuLimit)")
      case .tree(let fault): throw failure("the partial tree of \(domain.name.value) is broken: \(fault)")
      case .additions(let fault): throw failure("\(fault)")
      }
    }
  }

  private func guest(_ domain: Domain) -> Guest {
    var guest = Guest(cpuCount: Int(domain.cpus?.value ?? 1), memory: domain.memory?.value ?? 0)
    if domain.kernel?.image?.width == .arm32 { guest.width = .arm32 }
    guest.bootargs = domain.bootargs.map { Array($0.value.utf8) }
    guest.ramdiskSize = domain.ramdisk?.size
    guest.hasVPL011 = domain.console == .vpl011
    guest.fragment = domain.deviceTree?.file?.bytes
    func property(_ name: String) -> PropertyValue? { domain.properties.last { $0.name == name }?.value }
    guest.isEnhanced = Enhancement(property("xen,enhanced"), version: hypervisor.release.version) != .none
    guest.sharedMemory = sharedMemory(of: domain)
    if property("direct-map") != nil, let ranges = property("xen,static-mem").flatMap(ranges) {
      guest.directMap = directMap(ranges)
    }
    return guest
  }

  private func kernel(of domain: Domain) -> GuestLayout.Kernel {
    guard let module = domain.kernel else { return .image(textOffset: 0, size: 0) }
    let size = UInt64(module.image?.contentSize ?? Int(clamping: module.size))
    switch module.image?.content {
    case .image(let header): return .image(textOffset: header.textOffset, size: size)
    case .zImage(let header) where header.start != 0:
      return .fixed(UInt64(header.start)..<(UInt64(header.start) + size))
    case .zImage: return .anywhere(size: size)
    // Nothing is known of it: what nearly every kernel is.
    default: return .image(textOffset: 0, size: size)
    }
  }

  /// Addresses and sizes in the two cells each that `/chosen` is given.
  private func ranges(_ value: PropertyValue) -> [Range<UInt64>]? {
    DeviceTree().ranges(value, cells: CellSizes(address: 2, size: 2))
  }

  private func sharedMemory(of domain: Domain) -> [Guest.SharedMemory] {
    let nodes = domain.nodes
    return nodes.children(of: nodes.root).compactMap { node in
      guard nodes[node, "compatible"]?.strings?.contains("xen,domain-shared-memory-v1") ?? false,
        let id = nodes[node, "xen,shm-id"], let cells = nodes[node, "xen,shared-mem"]?.cells,
        cells.count == 6 || cells.count == 4
      else { return nil }
      // With or without the host's address in front.
      let numbers = stride(from: cells.count - 4, to: cells.count, by: 2).map {
        UInt64(cells[$0]) << 32 | UInt64(cells[$0 + 1])
      }
      let (end, overflow) = numbers[0].addingReportingOverflow(numbers[1])
      return overflow ? nil : Guest.SharedMemory(id: id.bytes, range: numbers[0]..<end)
    }
  }

  /// The devices of the host that a direct-mapped guest has at their own addresses.
  private func directMap(_ ram: [Range<UInt64>]) -> Guest.DirectMap? {
    let tree = host.tree
    guard let controller = Dom0Tree.controller(in: tree), let parent = tree[controller.node].parent,
      let registers = tree[controller.node, "reg"].flatMap({ tree.ranges($0, under: parent) }), registers.count >= 2
    else { return nil }
    let regions = controller.isV3 ? Int(tree[controller.node, "#redistributor-regions"]?.cell ?? 1) : 1
    let commandLine = XenCommandLine(hypervisor.bootargs?.value ?? "")
    let console = Dom0Tree.console(of: tree, commandLine)
    let uart = console.flatMap { node in
      tree[node].parent.flatMap { parent in tree[node, "reg"].flatMap { tree.ranges($0, under: parent)?.first } }
    }
    let line = console.flatMap { tree[$0, "interrupts"]?.cells }
    return Guest.DirectMap(
      ram: ram, gicDistributor: registers[0], gicOthers: Array(registers.dropFirst().prefix(regions)), uart: uart,
      uartInterrupt: line.flatMap { $0.count >= 2 ? $0[1] &+ ($0[0] == 1 ? 16 : 32) : nil },
      hostRAM: Machine(tree).ram.ranges)
  }
}

extension XenSystem {
  /// What guests take over from the host's tree.
  var hostFacts: HostFacts {
    guard let blob = try? host.tree.blob() else { return HostFacts() }
    return (try? HostFacts(reading: blob, for: .dom0less(hypervisor.release.version))) ?? HostFacts()
  }
}
