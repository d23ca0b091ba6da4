// SPDX-License-Identifier: Apache-2.0

/// A property of `/chosen` that was meant for the running kernel alone, and what becomes of it.
struct InheritedProperty {
  enum Fate {
    case leftOut
    /// Its bytes become zeros.
    case wiped
  }

  var name: String
  var fate: Fate
  /// Behind the name and its fate, after a colon.
  var reason: String

  /// What Linux of today reads in `/chosen` and should not read twice.
  static let all: [InheritedProperty] = [
    InheritedProperty(
      name: "rng-seed", fate: .leftOut, reason: "the running kernel has used it, and a seed serves once"),
    InheritedProperty(
      name: "kaslr-seed", fate: .wiped,
      reason: "the running kernel has used it, and kexec-tools puts a new one in the place of zeros only"),
    InheritedProperty(name: "linux,initrd-start", fate: .leftOut, reason: ramdisk),
    InheritedProperty(name: "linux,initrd-end", fate: .leftOut, reason: ramdisk),
    InheritedProperty(name: "linux,elfcorehdr", fate: .leftOut, reason: crash),
    InheritedProperty(name: "linux,usable-memory-range", fate: .leftOut, reason: crash),
    InheritedProperty(name: "linux,ima-kexec-buffer", fate: .leftOut, reason: state),
    InheritedProperty(name: "linux,tpm-kexec-buffer", fate: .leftOut, reason: state),
    InheritedProperty(name: "linux,kho-fdt", fate: .leftOut, reason: state),
    InheritedProperty(name: "linux,kho-scratch", fate: .leftOut, reason: state),
  ]

  private static let ramdisk = "the memory of the running kernel's ramdisk has long been put to other use"
  private static let crash = "it made the running kernel one that looks at a crash"
  private static let state = "it is what the kernel before handed to the running one"

  /// How the properties begin that tell of UEFI: its system table, its memory map, whether it checked signatures.
  static let firmware = "linux,uefi-"
}
