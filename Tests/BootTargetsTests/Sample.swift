// SPDX-License-Identifier: Apache-2.0
import BootImages
import BootTargets
import DeviceTree
import Diagnostics
import Machine
import XenFacts
import XenSystem

/// Systems made of nothing but code. Files are as large as they need to be to be told apart.
enum Sample {
  static func number<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * Number($0))) }
  }

  /// An arm64 Image.
  static func image(size: Int = 4096, imageSize: UInt64 = 0x10000, fill: UInt8 = 0) -> [UInt8] {
    var bytes = number(UInt32(0x9100_5A4D)) + number(UInt32(0x1400_0010)) + number(UInt64(0)) + number(imageSize)
    bytes += number(UInt64(0xA)) + [UInt8](repeating: 0, count: 24) + Array("ARM\u{64}".utf8) + number(UInt32(0))
    return bytes + [UInt8](repeating: fill, count: size - bytes.count)
  }

  /// A Xen: an Image, a PE and the string that tells the version.
  static func xen(version: String = "4.20", isPE: Bool = true) -> BootFile {
    var bytes = image(size: 8192, imageSize: 0x14_4000)
    if !isPE {
      bytes[0] = 0
      bytes[1] = 0
    } else {
      bytes.replaceSubrange(0x3C..<0x40, with: number(UInt32(0x40)))
      var header = Array("PE\0\0".utf8) + number(UInt16(0xAA64)) + number(UInt16(1)) + [UInt8](repeating: 0, count: 16)
      header += Array(".text\0\0\0".utf8) + number(UInt32(0x10000)) + number(UInt32(0x200)) + number(UInt32(0x200))
      header += number(UInt32(0x200)) + [UInt8](repeating: 0, count: 16)
      bytes.replaceSubrange(0x40..<0x40 + header.count, with: header)
    }
    let text = Array("xen,xen-\(version)\0".utf8)
    bytes.replaceSubrange(0x1000..<0x1000 + text.count, with: text)
    return BootFile(name: "images/xen-\(version)", bytes: bytes)
  }

  /// The least gzip file: `contents` stored, not packed.
  static func gzip(_ contents: [UInt8]) -> [UInt8] {
    let length = UInt16(contents.count)
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + number(length) + number(~length) + contents
      + number(CRC32.checksum(contents)) + number(UInt32(contents.count))
  }

  /// A tree like that of QEMU's virt machine.
  static func host(
    ram: UInt64 = 2 << 30, ramStart: UInt64 = 0x4000_0000, compatible: [String] = ["linux,dummy-virt"],
    cpu: String = "arm,cortex-a57", cpus: Int = 4, gic: String? = "arm,gic-v3"
  ) -> DeviceTree {
    var tree = DeviceTree()
    tree.set("compatible", .strings(compatible), on: tree.root)
    tree.set("#address-cells", .cell(2), on: tree.root)
    tree.set("#size-cells", .cell(2), on: tree.root)
    let memory = tree.addChild("memory@\(String(ramStart, radix: 16))", to: tree.root)
    tree.set("device_type", .string("memory"), on: memory)
    tree.set(
      "reg",
      .cells([
        UInt32(ramStart >> 32), UInt32(truncatingIfNeeded: ramStart), UInt32(ram >> 32),
        UInt32(truncatingIfNeeded: ram),
      ]), on: memory)
    let parent = tree.addChild("cpus", to: tree.root)
    tree.set("#address-cells", .cell(1), on: parent)
    tree.set("#size-cells", .cell(0), on: parent)
    for number in 0..<cpus {
      let node = tree.addChild("cpu@\(String(number, radix: 16))", to: parent)
      tree.set("device_type", .string("cpu"), on: node)
      tree.set("compatible", .string(cpu), on: node)
      tree.set("reg", .cell(UInt32(number)), on: node)
    }
    if let gic {
      let controller = tree.addChild("intc@8000000", to: tree.root)
      tree.set("compatible", .string(gic), on: controller)
      tree.set("interrupt-controller", .empty, on: controller)
    }
    return tree
  }

  static func module(
    _ kind: ModuleKind, _ name: String, _ bytes: [UInt8], at address: UInt64? = nil
  ) -> Module {
    let image = kind == .kernel ? try? BootImage(kernel: bytes) : try? BootImage(ramdisk: bytes)
    return Module(
      kind: kind, file: BootFile(name: name, bytes: bytes), image: image, address: address.map { Sourced($0) })
  }

  static func guest(_ name: String, kernel: Module, ramdisk: Module? = nil) -> Domain {
    var domain = Domain(name: Sourced(name))
    domain.kernel = kernel
    domain.ramdisk = ramdisk
    domain.memory = Sourced(128 << 20)
    domain.cpus = Sourced(2)
    domain.bootargs = Sourced("name=\(name)")
    return domain
  }

  static func system(
    _ domains: [Domain], xen: BootFile? = xen(), host: DeviceTree = host(), bootargs: String? = "console=dtuart"
  ) -> XenSystem {
    XenSystem(
      hypervisor: Hypervisor(
        image: xen, facts: xen.flatMap { try? XenImage($0.bytes) },
        release: XenRelease(version: XenVersion(4, 20), source: .image), bootargs: bootargs.map { Sourced($0) }),
      host: Host(file: "virt.dtb", tree: host), domains: domains)
  }

  /// Two guests with one kernel and a ramdisk each.
  static func twoGuests(kernel: [UInt8] = image(), host: DeviceTree = host()) -> XenSystem {
    let shared = module(.kernel, "guest/Image", kernel)
    return system(
      [
        guest("domA", kernel: shared, ramdisk: module(.ramdisk, "a.img", Array("ramdisk A".utf8))),
        guest("domB", kernel: shared, ramdisk: module(.ramdisk, "b.img", Array("ramdisk of B".utf8))),
      ], host: host)
  }
}

/// The diagnostics of what `body` throws, as they are printed.
func failure(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "nothing was thrown"
  } catch let failure as Failure {
    return DiagnosticPrinter().text(failure.diagnostics)
  } catch {
    return "\(error)"
  }
}
