// SPDX-License-Identifier: Apache-2.0
public import FlattenedTree
internal import XenFacts

/// What a guest's tree takes over from the tree of the host that it runs on.
///
/// Each fact knows where it came from: ``source(of:)``. What is set is given.
public struct HostFacts: Hashable, Sendable {
  public enum GIC: Hashable, Sendable { case v2, v3 }

  /// The guest's interrupt controller is of the host's kind.
  public var gic: GIC { didSet { note(.gic, .given) } }
  /// `compatible` of the host's first CPU, as it stands there.
  public var cpuCompatible: [UInt8] { didSet { note(.cpuCompatible, .given) } }
  /// `clock-frequency` of the host's first CPU, as it stands there.
  public var cpuClockFrequency: [UInt8]? { didSet { note(.cpuClockFrequency, .given) } }
  /// `clock-frequency` of the host's timer.
  public var timerFrequency: UInt32? { didSet { note(.timerFrequency, .given) } }
  /// How many bits a guest's physical addresses have.
  public var addressBits: Int { didSet { note(.addressBits, .given) } }
  /// The host's tree, a blob, for platforms that copy nodes of it.
  public var tree: [UInt8]?
  /// By the number of the fact. Those of a copied node are not here: the node has them.
  private var sources: [HostFact.Source]

  /// What is assumed of a host of which nothing is said.
  public init() {
    gic = .v3
    cpuCompatible = ("arm,cortex-a57" as StaticString).bytes + [0]
    addressBits = 40
    sources = Array(repeating: .assumed, count: Int(HostFact.addressBits.rawValue) + 1)
    note(.cpuClockFrequency, .missing)
    note(.timerFrequency, .missing)
  }

  /// Facts that are given.
  public init(
    gic: GIC, cpuCompatible: [UInt8], cpuClockFrequency: [UInt8]? = nil, timerFrequency: UInt32? = nil,
    addressBits: Int? = nil, tree: [UInt8]? = nil
  ) {
    self.init()
    self.gic = gic
    self.cpuCompatible = cpuCompatible
    self.cpuClockFrequency = cpuClockFrequency
    self.timerFrequency = timerFrequency
    if let addressBits { self.addressBits = addressBits }
    self.tree = tree
    note(.gic, .given)
    note(.cpuCompatible, .given)
    if cpuClockFrequency != nil { note(.cpuClockFrequency, .given) }
    if timerFrequency != nil { note(.timerFrequency, .given) }
    if addressBits != nil { note(.addressBits, .given) }
  }

  /// Reads the facts that a platform takes.
  ///
  /// - Parameters:
  ///   - tree: the host's tree, a blob.
  ///   - platform: whose ``GuestPlatform/hostFacts`` are looked for.
  /// - Throws: what is wrong with the blob.
  public init(reading tree: [UInt8], for platform: GuestPlatform) throws(FlattenedTreeError) {
    self.init()
    let nodes = try HostNodes(tree)
    self.tree = tree
    for rule in platform.hostFacts {
      guard let place = rule.place, let property = rule.property, rule.fact.rawValue < sources.count else { continue }
      guard let node = nodes[place], let value = node.value(of: property), take(rule.fact, value) else {
        if rule.need != .preset {
          if rule.fact == .cpuCompatible { cpuCompatible = [] }
          note(rule.fact, .missing)
        }
        continue
      }
      note(rule.fact, .tree(path: node.path, property: property.bytes))
    }
  }

  /// Where a fact came from. Those of a copied node: see ``found(by:)``.
  public func source(of fact: HostFact) -> HostFact.Source {
    let number = Int(fact.rawValue)
    return number < sources.count ? sources[number] : .missing
  }

  private mutating func take(_ fact: HostFact, _ value: [UInt8]) -> Bool {
    switch fact {
    case .gic: gic = value.holds(string: ArmCompatible.gicV3) ? .v3 : .v2
    case .cpuCompatible: cpuCompatible = value
    case .cpuClockFrequency: cpuClockFrequency = value
    case .timerFrequency:
      guard value.count >= 4 else { return false }
      timerFrequency = value.word(at: 0)
    default: return false
    }
    return true
  }

  private mutating func note(_ fact: HostFact, _ source: HostFact.Source) {
    sources[Int(fact.rawValue)] = source
  }
}

extension HostFacts {
  /// A fact with its value, which is nil when the host does not tell, and its source.
  public struct Found: Hashable, Sendable {
    public var rule: HostFactRule
    public var value: HostFact.Value?
    public var source: HostFact.Source

    public var fact: HostFact { rule.fact }
    public var isMissing: Bool { value == nil && rule.need == .required }
  }

  /// All facts of a platform's list, in its order.
  public func found(by rules: [HostFactRule]) -> [Found] {
    let nodes = rules.contains { $0.place == .firstOfCPUs } ? tree.flatMap { try? HostNodes($0) } : nil
    return rules.map { rule in
      if rule.place == .firstOfCPUs { return Self.copied(rule, nodes?[.firstOfCPUs]) }
      return Found(rule: rule, value: value(of: rule.fact), source: source(of: rule.fact))
    }
  }

  private static func copied(_ rule: HostFactRule, _ node: HostNodes.Node?) -> Found {
    guard let node else { return Found(rule: rule, value: nil, source: .missing) }
    guard let property = rule.property else {
      return Found(rule: rule, value: .node(node.name), source: .tree(path: node.path, property: []))
    }
    guard let number = node.value(of: property)?.number else {
      return Found(rule: rule, value: nil, source: .missing)
    }
    return Found(rule: rule, value: .number(number), source: .tree(path: node.path, property: property.bytes))
  }

  private func value(of fact: HostFact) -> HostFact.Value? {
    switch fact {
    case .gic: .gic(gic)
    case .cpuCompatible: cpuCompatible.isEmpty ? nil : .strings(cpuCompatible)
    case .cpuClockFrequency: cpuClockFrequency?.number.map { .number($0) }
    case .timerFrequency: timerFrequency.map { .number(UInt64($0)) }
    case .addressBits: .number(UInt64(max(addressBits, 0)))
    default: nil
    }
  }
}
