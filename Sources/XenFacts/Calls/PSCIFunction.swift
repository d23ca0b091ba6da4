// SPDX-License-Identifier: Apache-2.0

/// Functions by which CPUs are started and stopped: Arm's PSCI, document DEN 0022.
///
/// Its versions from 0.2 on have fixed numbers among the standard secure calls. Version 0.1 had none: each tree tells its own, and
/// those that Xen and its toolstack tell are ``firstVersionOff`` and ``firstVersionOn``.
public enum PSCIFunction: UInt16, CaseIterable, Hashable, Sendable {
  case version = 0
  case suspend = 1
  case off = 2
  case on = 3
  case affinityInfo = 4
  case migrate = 5
  case migrateInfoType = 6
  case migrateInfoUpCPU = 7
  case systemOff = 8
  case systemReset = 9
  /// Whether a function is there, of PSCI or of the convention itself. Since 1.0.
  case features = 10
  case freeze = 11
  case defaultSuspend = 12
  case nodeHardwareState = 13
  case systemSuspend = 14
  case setSuspendMode = 15

  /// The number with arguments of 32 bits.
  public var number: CallNumber { CallNumber(rawValue, of: .standardSecure) }

  /// The number with arguments of 64 bits; nil for functions that have no such arguments.
  public var wideNumber: CallNumber? {
    switch self {
    case .suspend, .on, .affinityInfo, .migrate, .migrateInfoUpCPU, .defaultSuspend, .nodeHardwareState,
      .systemSuspend:
      CallNumber(rawValue, of: .standardSecure, isWide: true)
    default: nil
    }
  }

  /// `cpu_off` and `cpu_on` in the trees of Xen's guests, for kernels that know version 0.1 only.
  public static let firstVersionOff: UInt32 = 1
  public static let firstVersionOn: UInt32 = 2
}
