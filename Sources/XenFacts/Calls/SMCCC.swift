// SPDX-License-Identifier: Apache-2.0

// How a program on Arm calls what runs below it, with SMC or HVC: Arm's SMC Calling Convention, document DEN 0028.

/// The instruction that a call is made with. Where both are there, a tree's `/psci` says which one: its `method`.
public enum Conduit: UInt8, CaseIterable, Hashable, Sendable {
  case hvc, smc

  /// As in a tree's `method`.
  public var text: StaticString {
    switch self {
    case .hvc: "hvc"
    case .smc: "smc"
    }
  }
}

/// The number of a call, which stands in w0: who answers it, how its arguments are passed, which function it is
/// (DEN 0028, 2.5 and table 2-1).
public struct CallNumber: Hashable, Sendable {
  public var value: UInt32

  public init(_ value: UInt32) { self.value = value }

  /// - Parameters:
  ///   - function: its number among those of its owner.
  ///   - owner: who answers.
  ///   - isWide: whether the arguments are registers of 64 bits.
  ///   - isFast: whether the call is not interrupted. Calls that yield are those of trusted systems.
  public init(_ function: UInt16, of owner: CallOwner, isWide: Bool = false, isFast: Bool = true) {
    value =
      (isFast ? Self.fast : 0) | (isWide ? Self.wide : 0) | UInt32(owner.numbers.lowerBound) << 24 | UInt32(function)
  }

  private static let fast: UInt32 = 1 << 31
  private static let wide: UInt32 = 1 << 30

  public var isFast: Bool { value & Self.fast != 0 }
  public var isWide: Bool { value & Self.wide != 0 }
  /// Bits 24 to 29.
  public var ownerNumber: UInt8 { UInt8(truncatingIfNeeded: value >> 24 & 0x3f) }
  public var function: UInt16 { UInt16(truncatingIfNeeded: value) }

  /// Who answers; nil for numbers that are kept free.
  public var owner: CallOwner? {
    for owner in CallOwner.allCases where owner.numbers.contains(ownerNumber) { return owner }
    return nil
  }
}

/// Whose functions they are (DEN 0028, table 6-1).
public enum CallOwner: UInt8, CaseIterable, Hashable, Sendable {
  case arm, processor, siliconVendor, boardVendor, standardSecure, standardHypervisor, vendorHypervisor
  case trustedApplication, trustedSystem

  /// The numbers that stand for it.
  public var numbers: ClosedRange<UInt8> {
    switch self {
    case .arm: 0...0
    case .processor: 1...1
    case .siliconVendor: 2...2
    case .boardVendor: 3...3
    case .standardSecure: 4...4
    case .standardHypervisor: 5...5
    case .vendorHypervisor: 6...6
    case .trustedApplication: 48...49
    case .trustedSystem: 50...63
    }
  }
}

/// Functions that say what there is (DEN 0028, 6.2 and 7).
extension CallNumber {
  /// How many functions an owner has. Deprecated since version 1.1.
  public static func count(of owner: CallOwner) -> CallNumber { CallNumber(0xff00, of: owner) }
  /// Who the owner is, in four registers: ``CalledUID``.
  public static func uid(of owner: CallOwner) -> CallNumber { CallNumber(0xff01, of: owner) }
  /// The revision of an owner's functions: major in the first register, minor in the second.
  public static func revision(of owner: CallOwner) -> CallNumber { CallNumber(0xff03, of: owner) }

  /// The version of the convention, major in bits 16 to 30. Since version 1.1; whether it is there is asked by
  /// ``PSCIFunction/features``.
  public static let conventionVersion = CallNumber(0, of: .arm)
  /// Whether a function of Arm's own is there.
  public static let architectureFeatures = CallNumber(1, of: .arm)

  /// What a call returns in w0 when there is no such function.
  public static let notSupported = UInt32(bitPattern: -1)
}

/// Who answers: a UUID in four registers, its bytes four by four, the first one in the lowest bits (DEN 0028, 6.2).
public struct CalledUID: Hashable, Sendable {
  public var words: (UInt32, UInt32, UInt32, UInt32)

  public init(_ first: UInt32, _ second: UInt32, _ third: UInt32, _ fourth: UInt32) {
    words = (first, second, third, fourth)
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.words.0 == right.words.0 && left.words.1 == right.words.1 && left.words.2 == right.words.2
      && left.words.3 == right.words.3
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }

  /// Whether somebody answered. The first register of no answer is the error.
  public var isAnswer: Bool { words.0 != CallNumber.notSupported }

  /// a71812dc-c698-4369-9acf-79d18ddee667 (xen/include/public/arch-arm/smccc.h, since Xen 4.10). Xen answers as the owner of the
  /// standard hypervisor's functions, 0x8500ff01, and not of the vendor's (seen on 4.17 and 4.20).
  public static let xen = CalledUID(0xdc12_18a7, 0x6943_98c6, 0xd179_cf9a, 0x67e6_de8d)
  /// f863386f-4b39-4cbd-9220-ce1641e59f6f: Xen's, for the standard services that it answers itself, PSCI among them.
  public static let xenStandardServices = CalledUID(0x6f38_63f8, 0xbd4c_394b, 0x16ce_2092, 0x6f9f_e541)
  /// 28b46fb6-2ec5-11e9-a9ca-4b564d003a74 (Linux, include/linux/arm-smccc.h). KVM answers as the vendor's, 0x8600ff01.
  public static let kvm = CalledUID(0xb66f_b428, 0xe911_c52e, 0x564b_caa9, 0x743a_004d)
}
