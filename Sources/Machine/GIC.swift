// SPDX-License-Identifier: Apache-2.0

/// Arm's generic interrupt controllers, by the compatible strings of their bindings.
public enum GICKind: String, Hashable, Sendable {
  case gicv2 = "GICv2"
  case gicv3 = "GICv3"

  /// The kind that a node's compatible strings name, or nil.
  public init?(compatible: [String]) {
    if compatible.contains("arm,gic-v3") {
      self = .gicv3
    } else if compatible.contains(where: Self.gicv2Names.contains) {
      self = .gicv2
    } else {
      return nil
    }
  }

  private static let gicv2Names: Set<String> = [
    "arm,cortex-a15-gic", "arm,cortex-a9-gic", "arm,cortex-a7-gic", "arm,gic-400", "arm,pl390", "qcom,msm-qgic2",
  ]
}

/// An interrupt of a GIC, decoded from the cells that its bindings define.
public struct GICInterrupt: Hashable, Sendable {
  public enum Kind: UInt32, Hashable, Sendable {
    /// Shared by all CPUs.
    case spi = 0
    /// Each CPU has its own.
    case ppi = 1
    /// Shared, of GICv3.1's further range.
    case extendedSPI = 2
    case extendedPPI = 3

    /// The interrupt id of number 0.
    public var base: UInt32 {
      switch self {
      case .spi: 32
      case .ppi: 16
      case .extendedSPI: 4096
      case .extendedPPI: 1056
      }
    }

    /// How many there are at most.
    public var count: UInt32 {
      switch self {
      case .spi: 988
      case .ppi: 16
      case .extendedSPI: 1024
      case .extendedPPI: 64
      }
    }
  }

  public enum Trigger: UInt32, Hashable, Sendable {
    case none = 0
    case edgeRising = 1
    case edgeFalling = 2
    case levelHigh = 4
    case levelLow = 8
  }

  public var kind: Kind
  /// Counted within its kind, as in the tree.
  public var number: UInt32
  /// Nil when the flags name no single trigger.
  public var trigger: Trigger?
  /// The CPUs of a GICv2's PPI, as bits; 0 where nobody says.
  public var cpuMask: UInt32

  /// The id that the controller itself uses, and that Xen names in its messages.
  public var id: UInt32 { kind.base + number }

  public init(_ kind: Kind, _ number: UInt32, trigger: Trigger? = .levelHigh, cpuMask: UInt32 = 0) {
    self.kind = kind
    self.number = number
    self.trigger = trigger
    self.cpuMask = cpuMask
  }

  /// Decodes the cells of one interrupt.
  ///
  /// - Returns: nil when there are fewer than three, or they name an interrupt that a GIC does not have.
  public init?(cells: [UInt32]) {
    guard cells.count >= 3, let kind = Kind(rawValue: cells[0]), cells[1] < kind.count else { return nil }
    self.init(
      kind, cells[1], trigger: Trigger(rawValue: cells[2] & 0xF), cpuMask: kind == .ppi ? cells[2] >> 8 & 0xFF : 0)
  }
}

extension GICInterrupt: CustomStringConvertible {
  /// As people write it: `SPI 34`, the number within its kind.
  public var description: String {
    switch kind {
    case .spi: "SPI \(number)"
    case .ppi: "PPI \(number)"
    case .extendedSPI: "ESPI \(number)"
    case .extendedPPI: "EPPI \(number)"
    }
  }
}
