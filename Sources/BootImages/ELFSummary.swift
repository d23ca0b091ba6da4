// SPDX-License-Identifier: Apache-2.0

/// What an ELF file says it is for: enough to tell a person which file was taken by mistake.
public struct ELFSummary: Hashable, Sendable, CustomStringConvertible {
  /// 1 for 32-bit, 2 for 64-bit.
  public let elfClass: UInt8
  /// 1 for little-endian, 2 for big-endian.
  public let dataEncoding: UInt8
  /// `e_machine`, nil when the file ends before it.
  public let machine: UInt16?

  /// Reads the identification; nil when the bytes do not start like an ELF file.
  public init?(_ bytes: RawSpan) {
    guard bytes.holds("\u{7f}ELF") else { return nil }
    elfClass = bytes.byte(at: 4) ?? 0
    dataEncoding = bytes.byte(at: 5) ?? 0
    machine = dataEncoding == 2 ? bytes.bigUInt16(at: 18) : bytes.littleUInt16(at: 18)
  }

  public var description: String {
    let width =
      switch elfClass {
      case 1: "32-bit"
      case 2: "64-bit"
      default: "unknown class"
      }
    let order =
      switch dataEncoding {
      case 1: "little-endian"
      case 2: "big-endian"
      default: "unknown byte order"
      }
    return "\(width), \(order), \(machineName)"
  }

  private var machineName: String {
    guard let machine else { return "no machine" }
    return switch machine {
    case 3: "x86"
    case 8: "MIPS"
    case 20: "PowerPC"
    case 21: "PowerPC 64"
    case 40: "Arm"
    case 62: "x86-64"
    case 183: "AArch64"
    case 243: "RISC-V"
    default: "machine \(machine)"
    }
  }
}
