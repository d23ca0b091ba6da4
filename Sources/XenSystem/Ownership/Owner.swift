// SPDX-License-Identifier: Apache-2.0

/// Who has a device, an interrupt, a stream or memory.
public enum Owner: Hashable, Sendable {
  case xen
  /// An index into ``Ownership/domains``.
  case domain(Int)
  case nobody(Reason)

  /// Why nobody has something.
  public enum Reason: String, Hashable, Sendable {
    /// It would be dom0's.
    case noDom0 = "there is no dom0 to have it"
    /// It is marked `xen,passthrough`.
    case setAside = "it is marked xen,passthrough and given to no domain"
    case privateInterrupt = "one of its interrupts is private to a CPU, so Xen keeps it from dom0"
    case secondController = "Xen drives one interrupt controller"
    case hidden = "Xen keeps it from dom0"
    case firmware = "the firmware reserves it"
  }

  /// The domain's index, when it is one.
  public var domain: Int? {
    guard case .domain(let index) = self else { return nil }
    return index
  }

  /// Whether somebody has it.
  public var isSomebody: Bool {
    if case .nobody = self { false } else { true }
  }
}
