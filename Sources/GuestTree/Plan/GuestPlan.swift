// SPDX-License-Identifier: Apache-2.0

/// All that a loader needs to start a guest: its tree, where RAM is, which bytes go where, what the first CPU starts with.
///
/// A plan is made of values alone. What a hypervisor would take without a word and never explain is refused.
public struct GuestPlan: Sendable {
  public let tree: GuestTree
  /// In ascending order of their addresses.
  public let loads: [Load]
  public let entry: EntryState
  public let domain: DomainSettings
  /// The bytes of the start-info page, where one is loaded.
  public let startInfo: [UInt8]?
  /// Where in the tree's blob, and in the start-info page, late values belong.
  public let lateSlots: [LateSlot]
  /// What the guest takes over from the host, by its platform's list, each with its source.
  public let hostFacts: [HostFacts.Found]
  /// What the reader of the plan should know.
  public let notes: [Note]

  public var layout: GuestLayout { tree.layout }

  /// Bytes of a file, and where they go.
  public struct Load: Hashable, Sendable {
    public enum Input: UInt8, Hashable, Sendable {
      case kernel, ramdisk, tree
      /// The structure of ``BootInformation``.
      case startInfo

      public var text: StaticString {
        switch self {
        case .kernel: "kernel"
        case .ramdisk: "ramdisk"
        case .tree: "tree"
        case .startInfo: "start-info"
        }
      }
    }

    public var input: Input
    /// Which bytes of the input.
    public var source: Range<UInt64>
    /// What is longer than the bytes is filled with zeros.
    public var memory: Range<UInt64>

    public init(input: Input, source: Range<UInt64>, memory: Range<UInt64>) {
      self.input = input
      self.source = source
      self.memory = memory
    }
  }

  /// What the domain is created with.
  public struct DomainSettings: Hashable, Sendable {
    /// The most virtual CPUs.
    public var cpuLimit: Int
    public var startingCPUs: Int
    public var isWide: Bool
    public var gic: HostFacts.GIC
    /// How many shared interrupts the guest has.
    public var sharedInterrupts: UInt32
    /// RAM to populate.
    public var ram: [Range<UInt64>]
  }

  public struct LateSlot: Hashable, Sendable {
    public var name: LateName
    /// The first byte in the tree's blob.
    public var offset: Int
    /// Whether the tree holds the platform's own choice already, so that nothing has to be done.
    public var isKnown: Bool
    /// Whose bytes they are: the tree's, or those of the start-info page.
    public var input = Load.Input.tree
  }

  public enum Note: Hashable, Sendable {
    /// This version does not know virtio devices other than disks, and makes none.
    case passesOverDevices(Int)
    /// This version cannot be told that a disk uses grants.
    case passesOverGrants
    /// This version counts the interrupts itself.
    case passesOverInterruptCount(UInt32)
    /// The toolstack's own tree has the seed behind the node of the ACPI tables, where no reader finds it.
    case seedBeforeACPINode
    /// The toolstack's own tree gives the node of the ACPI tables no cell sizes, so that its `reg` cannot be read.
    case cellsForACPINode
  }

  /// Why there is no plan.
  public enum Failure: Error, Equatable, Sendable {
    case tree(GuestTree.Failure)
    /// All reasons that were found.
    case refused([PlanRefusal])
  }

  /// Plans a guest.
  ///
  /// - Parameters:
  ///   - guest: what is asked for.
  ///   - kernel: what the kernel's file says of where it goes.
  ///   - host: what is taken over from the machine.
  ///   - platform: whose rules the guest follows.
  ///   - blobLayout: how the tree's blob is laid out.
  /// - Throws: why the guest has no tree, or everything that would keep it from running.
  public init(
    _ guest: Guest, kernel: GuestLayout.Kernel, host: HostFacts, platform: GuestPlatform,
    blobLayout: GuestTree.BlobLayout = .standard
  ) throws(Failure) {
    // Asked before anything is made of them.
    if let refusal = PlanJudge.tooMany(guest, host, platform) { throw .refused([refusal]) }
    do throws(GuestTree.Failure) {
      tree = try GuestTree(guest, kernel: kernel, host: host, platform: platform, blobLayout: blobLayout)
    } catch {
      throw .tree(error)
    }
    domain = DomainSettings(
      cpuLimit: guest.cpuCount, startingCPUs: guest.startingCPUs ?? guest.cpuCount,
      isWide: guest.width == .arm64, gic: tree.host.gic,
      sharedInterrupts: platform.takesInterruptCount
        ? max(guest.sharedInterruptCount ?? 0, platform.neededInterrupts(tree.guest))
        : platform.neededInterrupts(tree.guest), ram: tree.layout.ram)
    let startInfo = Self.startInfo(of: tree)
    self.startInfo = startInfo?.bytes
    loads = Self.loads(tree, kernel, startInfo: startInfo?.bytes)
    entry = EntryState(platform.entry, width: guest.width, layout: tree.layout)
    lateSlots = tree.lateSlots() + (startInfo?.slots ?? [])
    notes = Self.notes(guest, platform)
    hostFacts = tree.host.found(by: platform.hostFacts)
    let refusals = PlanJudge(asked: guest, host: host, tree: tree, kernel: kernel, facts: hostFacts).refusals()
    guard refusals.isEmpty else { throw .refused(refusals) }
  }

  /// The start-info page's bytes, and what in them comes late; nil where no page is loaded, or the command line has no room there.
  private static func startInfo(of tree: GuestTree) -> (bytes: [UInt8], slots: [LateSlot])? {
    guard let rules = tree.platform.startInfo, rules.isLoaded,
      let structure = try? BootInformation(tree).structure(rules.format)
    else { return nil }
    let slots = structure.late.map { late in
      LateSlot(
        name: late.name, offset: late.offset, isKnown: tree.guest.lateValues.contains { $0.name == late.name },
        input: .startInfo)
    }
    return (structure.bytes, slots)
  }

  private static func loads(_ tree: GuestTree, _ kernel: GuestLayout.Kernel, startInfo: [UInt8]?) -> [Load] {
    let layout = tree.layout
    var loads: [Load] = []
    switch kernel {
    case .program(let program):
      loads = program.segments.map { Load(input: .kernel, source: $0.file, memory: $0.memory) }
    case .image, .fixed, .anywhere:
      let size = layout.kernel.upperBound - layout.kernel.lowerBound
      loads = [Load(input: .kernel, source: 0..<size, memory: layout.kernel)]
    }
    if let ramdisk = layout.ramdisk {
      loads.append(Load(input: .ramdisk, source: 0..<(tree.guest.ramdiskSize ?? 0), memory: ramdisk))
    }
    if let startInfo, let page = layout.address(of: .startInfo) {
      loads.append(
        Load(input: .startInfo, source: 0..<UInt64(startInfo.count), memory: page..<(page + SpecialPage.size)))
    }
    let size = UInt64(tree.blob.count)
    loads.append(Load(input: .tree, source: 0..<size, memory: layout.tree..<(layout.tree + size)))
    return loads.sorted { $0.memory.lowerBound < $1.memory.lowerBound }
  }

  private static func notes(_ guest: Guest, _ platform: GuestPlatform) -> [Note] {
    var notes: [Note] = []
    let generic = guest.devices.filter { $0.kind != .disk }.count
    if !platform.knowsGenericDevices, generic > 0 { notes.append(.passesOverDevices(generic)) }
    if !platform.knowsGrants, guest.devices.contains(where: { $0.kind == .disk && $0.grants != nil }) {
      notes.append(.passesOverGrants)
    }
    if !platform.takesInterruptCount, let count = guest.sharedInterruptCount {
      notes.append(.passesOverInterruptCount(count))
    }
    if platform.mendsACPINode, guest.acpiTables != nil { notes += [.seedBeforeACPINode, .cellsForACPINode] }
    return notes
  }
}
