// SPDX-License-Identifier: Apache-2.0

/// How a guest calls Xen itself, on one kind of processor.
public struct HypercallConvention: Sendable {
  /// What the processor is told to do.
  public enum Entry: Sendable {
    /// An instruction with that number in it.
    case instruction(StaticString, number: UInt32)
    /// A call into a page that Xen fills: the hypercall's number times so many bytes from its start.
    case page(stride: UInt32)
  }

  /// `arm64`, `arm32`, `x86_64`, `x86_32`.
  public var name: StaticString
  public var entry: Entry
  /// The register of the hypercall's number; nil when the entry tells it.
  public var number: StaticString?
  /// The registers of the arguments, which hypercalls change.
  public var arguments: [StaticString]
  public var result: StaticString

  public init(
    name: StaticString, entry: Entry, number: StaticString?, arguments: [StaticString], result: StaticString
  ) {
    self.name = name
    self.entry = entry
    self.number = number
    self.arguments = arguments
    self.result = result
  }

  /// The number in the HVC instruction by which Xen knows its own calls from those of the SMC convention, which have 0.
  public static let armTag: UInt32 = 0xea1

  /// xen/include/public/arch-arm.h. Memory that is shared must be normal, write-back and inner shareable; structures are little-endian.
  public static let arm64 = HypercallConvention(
    name: "arm64", entry: .instruction("hvc", number: armTag), number: "x16",
    arguments: ["x0", "x1", "x2", "x3", "x4"], result: "x0")
  public static let arm32 = HypercallConvention(
    name: "arm32", entry: .instruction("hvc", number: armTag), number: "r12",
    arguments: ["r0", "r1", "r2", "r3", "r4"], result: "r0")
  /// xen/include/public/arch-x86/xen-x86_64.h. The page holds what fits the guest: `syscall`, `vmcall` or `vmmcall`.
  public static let x86Wide = HypercallConvention(
    name: "x86_64", entry: .page(stride: 32), number: nil, arguments: ["rdi", "rsi", "rdx", "r10", "r8"],
    result: "rax")
  /// xen/include/public/arch-x86/xen-x86_32.h.
  public static let x86Narrow = HypercallConvention(
    name: "x86_32", entry: .page(stride: 32), number: nil, arguments: ["ebx", "ecx", "edx", "esi", "edi"],
    result: "eax")

  public static let all: [HypercallConvention] = [.arm64, .arm32, .x86Wide, .x86Narrow]
}

/// The hypercalls that Xen on Arm serves, by their numbers (xen/include/public/xen.h,
/// xen/arch/arm/traps.c).
public enum ArmHypercall: UInt32, CaseIterable, Hashable, Sendable {
  case platform = 7
  case memory = 12
  case multicall = 13
  case version = 17
  case console = 18
  case grantTable = 20
  case assist = 21
  case cpu = 24
  case security = 27
  case scheduler = 29
  case eventChannel = 32
  case physicalDevice = 33
  case hvm = 34
  case systemControl = 35
  case domainControl = 36
  case argo = 39
  case deviceModel = 41
  case configuration = 42

  /// Whether Xen as it is released serves it for a guest that is no toolstack and has no policy of its own.
  public var isForGuests: Bool {
    switch self {
    case .platform, .console, .physicalDevice, .security, .systemControl, .domainControl, .deviceModel, .configuration:
      false
    default: true
    }
  }
}

/// What ``ArmHypercall/version`` is asked, its first argument (xen/include/public/version.h).
public enum XenVersionQuestion: UInt32, Hashable, Sendable {
  /// Major in the upper 16 bits of the result, minor in the lower ones.
  case version = 0
  /// What follows them, as a text of 16 bytes at most: `.3`, `.6-pre`.
  case extraVersion = 1
}
