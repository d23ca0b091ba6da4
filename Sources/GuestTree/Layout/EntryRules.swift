// SPDX-License-Identifier: Apache-2.0

/// What the registers of a guest's first CPU hold when it starts.
public struct EntryRules: Sendable {
  /// Where a register's content comes from.
  public enum Source: Hashable, Sendable {
    case entry
    case tree
    /// Where the kernel begins.
    case kernel
    case number(UInt64)
  }

  public struct Register: Sendable {
    public var name: StaticString
    public var source: Source

    public init(_ name: StaticString, _ source: Source) {
      self.name = name
      self.source = source
    }
  }

  public var wide: [Register]
  /// Of a guest that starts in 32-bit mode.
  public var narrow: [Register]

  /// What registers hold that are not listed; nil when it does not matter.
  public var others: UInt64?

  public init(wide: [Register], narrow: [Register], others: UInt64? = nil) {
    self.wide = wide
    self.narrow = narrow
    self.others = others
  }

  /// Xen's public header `arch-arm.h`: interrupts masked, EL1 with its own stack pointer or supervisor mode, MMU off.
  public static let arm = EntryRules(
    wide: [
      Register("pc", .entry), Register("x0", .tree), Register("x1", .number(0)), Register("x2", .number(0)),
      Register("x3", .number(0)), Register("cpsr", .number(0x1c5)), Register("sctlr", .number(0x00c5_0078)),
    ],
    narrow: [
      Register("pc", .entry), Register("r0", .number(0)), Register("r1", .number(0xffff_ffff)),
      Register("r2", .tree), Register("cpsr", .number(0x4000_01d3)), Register("sctlr", .number(0x00c5_0078)),
    ])
}

/// The registers of a guest's first CPU when it starts.
public struct EntryState: Sendable {
  public struct Register: Sendable {
    public let name: StaticString
    public let value: UInt64
  }

  public let registers: [Register]
  /// What registers hold that are not listed; nil when it does not matter.
  public let others: UInt64?

  init(_ rules: EntryRules, width: Guest.Width, layout: GuestLayout) {
    others = rules.others
    registers = (width == .arm64 ? rules.wide : rules.narrow).map { register in
      let value: UInt64 =
        switch register.source {
        case .entry: layout.entry
        case .tree: layout.tree
        case .kernel: layout.kernel.lowerBound
        case .number(let number): number
        }
      return Register(name: register.name, value: value)
    }
  }
}
