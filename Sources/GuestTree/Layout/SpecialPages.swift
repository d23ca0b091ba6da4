// SPDX-License-Identifier: Apache-2.0
internal import XenFacts

/// A page that a guest shares with its hypervisor or with programs in other domains.
public struct SpecialPage: Hashable, Sendable {
  public enum Kind: UInt8, Hashable, Sendable {
    case startInfo, sharedInfo, console, store
    case vuart
    case memoryAccess, paging, sharing, monitor
    /// Requests to the programs that emulate devices: one page of them, and one that is read when there is time.
    case requests, bufferedRequests
    /// A page of requests for a further program.
    case requestServer
    case identityPageTable

    public var text: StaticString {
      switch self {
      case .startInfo: "start-info"
      case .sharedInfo: "shared-info"
      case .console: "console"
      case .store: "store"
      case .vuart: "vuart"
      case .memoryAccess: "memory-access"
      case .paging: "paging"
      case .sharing: "sharing"
      case .monitor: "monitor"
      case .requests: "requests"
      case .bufferedRequests: "buffered-requests"
      case .requestServer: "request-server"
      case .identityPageTable: "identity-page-table"
      }
    }
  }

  public var kind: Kind
  public var address: UInt64

  public init(_ kind: Kind, at address: UInt64) {
    self.kind = kind
    self.address = address
  }

  public static let size: UInt64 = 4096
}

/// Where an architecture puts the pages that a guest shares, in a word.
///
/// Each is a function of the guest's RAM and of where what is loaded ends; nothing else.
public enum PageConvention: Hashable, Sendable {
  /// None.
  case none
  /// One after the other from a fixed address on.
  case at(UInt64, [SpecialPage.Kind])
  /// The next pages after everything that is loaded.
  case afterImages([SpecialPage.Kind])
  /// The last pages of the first bank, the first one last.
  case topOfFirstBank([SpecialPage.Kind])

  /// The magic region of Arm guests.
  public static let armMagicRegion = PageConvention.at(
    GuestMap.arm.magicPages.lowerBound, [.console, .store, .memoryAccess, .vuart])
  /// x86 with paravirtual memory management.
  public static let x86 = PageConvention.afterImages([.startInfo, .store, .console])
  /// x86 with the processor's own: the last pages below the addresses of the local APIC and the firmware.
  public static let x86HVM = PageConvention.at(
    0xfeff_8000,
    [.paging, .memoryAccess, .sharing, .bufferedRequests, .store, .requests, .identityPageTable, .console])
  /// The pages that programs which emulate devices get on x86, one each.
  public static let x86RequestServers = PageConvention.at(
    0xfeff_0000, Array(repeating: .requestServer, count: 8))
  /// Itanium: the first pages.
  public static let ia64 = PageConvention.at(0, [.startInfo, .console, .store])
  /// PowerPC: the last pages that are reached in real mode.
  public static let powerPC = PageConvention.topOfFirstBank([.sharedInfo, .console, .store])
  /// PowerPC in 2006.
  public static let powerPC2006 = PageConvention.topOfFirstBank([.sharedInfo, .store, .console, .startInfo])

  /// The pages of a guest.
  ///
  /// - Parameters:
  ///   - ram: the guest's banks.
  ///   - imagesEnd: the first address after everything that is loaded.
  /// - Returns: nil when they do not fit: a bank too small, or images that end at the end of all addresses.
  public func pages(ram: [Range<UInt64>], imagesEnd: UInt64) -> [SpecialPage]? {
    switch self {
    case .none: return []
    case .at(let base, let kinds): return Self.row(kinds, from: base)
    case .afterImages(let kinds):
      guard imagesEnd <= .max - SpecialPage.size else { return nil }
      return Self.row(kinds, from: (imagesEnd + SpecialPage.size - 1) & ~(SpecialPage.size - 1))
    case .topOfFirstBank(let kinds):
      guard let bank = ram.first, bank.upperBound - bank.lowerBound >= UInt64(kinds.count) * SpecialPage.size else {
        return nil
      }
      return kinds.enumerated().map { SpecialPage($1, at: bank.upperBound - UInt64($0 + 1) * SpecialPage.size) }
    }
  }

  private static func row(_ kinds: [SpecialPage.Kind], from base: UInt64) -> [SpecialPage]? {
    guard base <= .max - UInt64(kinds.count) * SpecialPage.size else { return nil }
    return kinds.enumerated().map { SpecialPage($1, at: base + UInt64($0) * SpecialPage.size) }
  }
}
