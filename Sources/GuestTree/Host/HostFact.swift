// SPDX-License-Identifier: Apache-2.0

/// Something that a guest's tree takes over from the machine that it runs on.
public enum HostFact: UInt8, CaseIterable, Hashable, Sendable {
  /// The kind of the interrupt controller.
  case gic
  case cpuCompatible
  case cpuClockFrequency
  case timerFrequency
  /// How many bits a guest's physical addresses have. No tree tells it.
  case addressBits
  /// A node of the host's tree that is copied, with everything in it.
  case cpu
  // What such a node brings with it.
  case timebaseFrequency
  case clockFrequency
  case busFrequency
  case dataCacheSize, dataCacheLineSize, dataCacheSets
  case instructionCacheSize, instructionCacheLineSize, instructionCacheSets

  /// Lower-case words joined by hyphens; for what a copied node brings with it, the property's name.
  public var text: StaticString {
    switch self {
    case .gic: "interrupt-controller"
    case .cpuCompatible: "cpu-compatible"
    case .cpuClockFrequency: "cpu-clock-frequency"
    case .timerFrequency: "timer-frequency"
    case .addressBits: "address-bits"
    case .cpu: "cpu"
    case .timebaseFrequency: "timebase-frequency"
    case .clockFrequency: "clock-frequency"
    case .busFrequency: "bus-frequency"
    case .dataCacheSize: "d-cache-size"
    case .dataCacheLineSize: "d-cache-line-size"
    case .dataCacheSets: "d-cache-sets"
    case .instructionCacheSize: "i-cache-size"
    case .instructionCacheLineSize: "i-cache-line-size"
    case .instructionCacheSets: "i-cache-sets"
    }
  }

  /// Where a fact was found.
  public enum Source: Hashable, Sendable {
    /// It was not asked for, or could not be: the preset value stands.
    case assumed
    /// It was said.
    case given
    /// The host's tree says it: the node's path, and the property's name, which is empty for a whole node.
    case tree(path: [UInt8], property: [UInt8])
    /// The host's tree does not say it.
    case missing
  }

  /// What was found.
  public enum Value: Hashable, Sendable {
    case gic(HostFacts.GIC)
    /// Strings, each with its zero.
    case strings([UInt8])
    case number(UInt64)
    /// The name of a node.
    case node([UInt8])
  }
}

/// A line of a platform's list: a fact that it takes from the host, and where it looks.
public struct HostFactRule: Hashable, Sendable {
  /// A node of the host's tree.
  public enum Place: UInt8, CaseIterable, Hashable, Sendable {
    /// The first interrupt controller that is a GIC.
    case controller
    /// The first Arm generic timer.
    case timer
    /// The first node below `/cpus` whose `device_type` is `cpu`.
    case cpu
    /// The first node below `/cpus`, whatever it is.
    case firstOfCPUs
  }

  /// What becomes of a guest whose host does not tell.
  public enum Need: Hashable, Sendable {
    /// There is no such guest.
    case required
    /// The preset of ``HostFacts`` stands.
    case preset
    /// The guest's tree does not tell either.
    case optional
  }

  public var fact: HostFact
  /// nil when no tree tells it.
  public var place: Place?
  public var need: Need

  public init(_ fact: HostFact, at place: Place?, _ need: Need) {
    self.fact = fact
    self.place = place
    self.need = need
  }

  /// The property that is looked at; nil for the node itself.
  public var property: StaticString? {
    switch fact {
    case .gic, .cpuCompatible: "compatible"
    case .cpuClockFrequency, .timerFrequency: "clock-frequency"
    case .addressBits, .cpu: nil
    default: fact.text
    }
  }
}

extension [HostFactRule] {
  /// A guest of Xen's toolstack on Arm: its CPUs are of no make.
  static let toolstack: Self = [
    HostFactRule(.gic, at: .controller, .preset), HostFactRule(.timerFrequency, at: .timer, .optional),
    HostFactRule(.addressBits, at: nil, .preset),
  ]
  /// A guest that Xen itself builds.
  static let dom0less: Self =
    toolstack + [
      HostFactRule(.cpuCompatible, at: .cpu, .required), HostFactRule(.cpuClockFrequency, at: .cpu, .optional),
    ]
  /// QEMU's machine, whose interrupt controller and processor the command line chooses.
  static let qemu: Self = [
    HostFactRule(.gic, at: .controller, .preset), HostFactRule(.cpuCompatible, at: .cpu, .preset),
    HostFactRule(.addressBits, at: nil, .preset),
  ]
  /// XenPPC: a CPU as it stands there, with its clocks and caches.
  static let powerPC: Self =
    [
      HostFactRule(.addressBits, at: nil, .preset), HostFactRule(.cpu, at: .firstOfCPUs, .required),
      HostFactRule(.timebaseFrequency, at: .firstOfCPUs, .required),
    ]
    + [
      .clockFrequency, .busFrequency, .dataCacheSize, .dataCacheLineSize, .dataCacheSets, .instructionCacheSize,
      .instructionCacheLineSize, .instructionCacheSets,
    ].map { HostFactRule($0, at: .firstOfCPUs, .optional) }
}
