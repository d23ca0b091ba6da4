// SPDX-License-Identifier: Apache-2.0
public import Diagnostics
public import GuestTree
internal import XenSystem

extension Guest {
  /// A guest of an xl configuration, as a platform of libxl's takes it. Its width, its ramdisk and its partial tree are in
  /// files, and so are left to the caller.
  ///
  /// - Parameter diagnostics: Takes what libxl would do besides, and what cannot be known without a running Xen.
  public init(_ xl: XLGuest, diagnostics: inout [Diagnostic]) {
    self.init(cpuCount: Int(xl.maximumCPUs.value), memory: xl.memory.value)
    name = Array(xl.name.value.utf8)
    if xl.cpus.value < xl.maximumCPUs.value { startingCPUs = Int(xl.cpus.value) }
    bootargs = xl.bootargs.map { Array($0.value.utf8) }
    hasVPL011 = xl.hasVUART
    switch xl.gicVersion?.value {
    case .v2: gic = .v2
    case .v3: gic = .v3
    case nil: break
    }
    interrupts = xl.interrupts.map(\.value)
    mappings = xl.ioMemory.map(\.value).filter { $0.pageCount > 0 }.map { pages in
      Mapping(
        pages.guestFrame << 12..<(pages.guestFrame + pages.pageCount) << 12, machine: pages.frame << 12)
    }
    if let count = xl.sharedInterrupts?.value, count > 0 { sharedInterruptCount = count }
    // libxl gives the disks their places before the other devices.
    for disk in xl.disks where disk.value.isVirtio {
      let backend = Self.domain(disk.value.backend, disk.location, &diagnostics)
      devices.append(Device(.disk, backend: backend, grants: disk.value.usesGrants))
    }
    for device in xl.virtio {
      let backend = Self.domain(device.value.backend, device.location, &diagnostics)
      devices.append(Device(Self.kind(device.value.type), backend: backend, grants: device.value.usesGrants))
    }
    Self.note(xl, &diagnostics)
  }

  /// Only these two have nodes of their own.
  private static func kind(_ type: String) -> Device.Kind {
    switch type {
    case "virtio,device22": .virtio(0x22)
    case "virtio,device29": .virtio(0x29)
    default: .virtio(nil)
    }
  }

  /// The number of a domain that is named by its number, or not at all.
  private static func domain(
    _ name: String?, _ location: SourceLocation?, _ diagnostics: inout [Diagnostic]
  ) -> UInt32 {
    guard let name, name != "Domain-0" else { return 0 }
    if let number = UInt32(name) { return number }
    diagnostics.append(
      .error(
        "xl-value", "which domain is called `\(name)`, only a running Xen knows",
        at: location.map { Place($0) } ?? Place(), hint: "write its number"))
    return 0
  }

  private static func note(_ xl: XLGuest, _ diagnostics: inout [Diagnostic]) {
    func warn(_ message: String, _ location: SourceLocation?) {
      diagnostics.append(.warning("xl-not-planned", message, at: location.map { Place($0) } ?? Place()))
    }
    if xl.maximumMemory.value > xl.memory.value {
      warn(
        "`maxmem` is more than `memory`; planned is a guest that has `memory` and no more", xl.maximumMemory.location)
    }
    if xl.hasACPI?.value == true { warn("libxl adds ACPI tables, which are not planned", xl.hasACPI?.location) }
    if let tee = xl.tee { warn("libxl adds what `tee` asks for, which is not planned", tee.location) }
    if let device = xl.pciDevices.first { warn("libxl adds a PCI host, which is not planned", device.location) }
  }
}
