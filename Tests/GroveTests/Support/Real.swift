// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The real tools and images that `Scripts/test` prepares and names in the environment.
enum Real {
  /// Tests that need them run when this is true. `Scripts/test` fails when any test was skipped.
  static let isPrepared = environment["GROVE_REAL"] == "1"

  static var grove: String { environment["GROVE_BINARY"] ?? "" }
  static var linux: String { environment["GROVE_LINUX"] ?? "" }
  static var dom0Ramdisk: String { environment["GROVE_DOM0_RAMDISK"] ?? "" }
  /// The same of 32 bits.
  static var linuxARMHF: String { environment["GROVE_LINUX_ARMHF"] ?? "" }
  static var ramdiskARMHF: String { environment["GROVE_RAMDISK_ARMHF"] ?? "" }
  /// Made by Scripts/make-guest-ramdisk.
  static var guestRamdisk: String { environment["GROVE_GUEST_RAMDISK"] ?? "" }
  static var riscvLinux: String { environment["GROVE_LINUX_RISCV64"] ?? "" }
  static var riscvRamdisk: String { environment["GROVE_RISCV64_RAMDISK"] ?? "" }
  /// A folder with kexec for arm64 and its libraries.
  static var kexec: String { environment["GROVE_KEXEC"] ?? "" }
  static var busybox: String { environment["GROVE_BUSYBOX"] ?? "" }
  static var virtTree: String { environment["GROVE_VIRT_DTB"] ?? "" }
  static var dtc: String { environment["GROVE_DTC18"] ?? "" }
  static var boards: String { environment["GROVE_BOARDS"] ?? "" }
  static var probe: String { environment["GROVE_PROBE"] ?? "" }

  static func xen(_ version: String) -> String {
    environment["GROVE_XEN_" + version.replacing(".", with: "_")] ?? ""
  }

  /// The toolstack's hand in dom0, built for that Xen.
  static func groveDomain(_ version: String) -> String {
    environment["GROVE_DOMAIN_" + version.replacing(".", with: "_")] ?? ""
  }

  /// The program of GuestTree's tutorial.
  static var firstGuest: String { environment["GROVE_FIRST_GUEST"] ?? "" }

  /// The folder of the C library and its header.
  static var libgrove: String { environment["GROVE_LIBGROVE"] ?? "" }

  /// A file of the examples in this repository.
  static func example(_ name: String) -> String { repository + "/Examples/" + name }

  /// An article of GuestTree's documentation.
  static func article(_ name: String) -> String { repository + "/Sources/GuestTree/GuestTree.docc/" + name }

  static func toolstackTest(_ name: String) -> String { repository + "/Tests/Toolstack/" + name }

  static func script(_ name: String) -> String { repository + "/Scripts/" + name }

  private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../..").path

  private static let environment = ProcessInfo.processInfo.environment
}
