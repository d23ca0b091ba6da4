// SPDX-License-Identifier: Apache-2.0
internal import CGrove
internal import GuestTree
internal import XenFacts

// Guests: describing and planning them.

/// What a caller has pointers into.
final class Planned {
  let plan: GuestPlan
  let tree: Kept
  let kernel: Kept

  init(_ plan: GuestPlan, kernel: [UInt8]) {
    self.plan = plan
    tree = Kept(plan.tree.blob)
    self.kernel = Kept(kernel)
  }
}

/// A guest as the caller describes it, and its plan once there is one.
final class GuestObject {
  var guest = Guest(cpuCount: 1, memory: 0)
  var host = HostFacts()
  var hasOwnCPU = false
  let platform: GuestPlatform
  var planned: Planned?
  var refusal: (reason: StaticString, value: UInt64)?

  var isPlanned: Bool { planned != nil }

  init(_ platform: GuestPlatform) { self.platform = platform }

  /// The object behind a caller's pointer.
  static func behind(_ pointer: OpaquePointer?) -> GuestObject? {
    unsafe pointer.map { unsafe Unmanaged<GuestObject>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
  }
}

@c(grove_guest_new)
public func guestNew(_ platform: UnsafePointer<CChar>?, _ major: UInt32, _ minor: UInt32) -> OpaquePointer? {
  let name = unsafe text(platform)
  let version = XenVersion(Int(clamping: major), Int(clamping: minor))
  let chosen: GuestPlatform
  if name.isSame(as: "xen-arm64") {
    chosen = .xenArm(version)
  } else if name.isSame(as: "xen-arm32") {
    chosen = .xenArm32(version)
  } else if name.isSame(as: "qemu-virt") {
    chosen = .qemuVirt
  } else if name.isSame(as: "qemu-virt-riscv64") {
    chosen = .qemuVirtRISCV64
  } else {
    return nil
  }
  return unsafe OpaquePointer(Unmanaged.passRetained(GuestObject(chosen)).toOpaque())
}

@c(grove_guest_free)
public func guestFree(_ guest: OpaquePointer?) {
  guard let guest = unsafe guest else { return }
  unsafe Unmanaged<GuestObject>.fromOpaque(UnsafeRawPointer(guest)).release()
}

@c(grove_guest_set_number)
public func guestSetNumber(_ guest: OpaquePointer?, _ key: UnsafePointer<CChar>?, _ value: UInt64) -> Int32 {
  guard let object = unsafe GuestObject.behind(guest), !object.isPlanned else { return GROVE_NO_SUCH }
  let key = unsafe text(key)
  if key.isSame(as: "cpus") {
    object.guest.cpuCount = Int(clamping: value)
  } else if key.isSame(as: "starting-cpus") {
    object.guest.startingCPUs = Int(clamping: value)
  } else if key.isSame(as: "memory") {
    object.guest.memory = value
  } else if key.isSame(as: "ramdisk-size") {
    object.guest.ramdiskSize = value
  } else if key.isSame(as: "vpl011") {
    object.guest.hasVPL011 = value != 0
  } else if key.isSame(as: "shared-interrupts") {
    object.guest.sharedInterruptCount = UInt32(clamping: value)
  } else if key.isSame(as: "interrupt") {
    object.guest.interrupts.append(UInt32(clamping: value))
  } else if key.isSame(as: "gic"), value == 2 || value == 3 {
    object.host.gic = value == 2 ? .v2 : .v3
  } else if key.isSame(as: "address-bits"), (32...52).contains(value) {
    object.host.addressBits = Int(value)
  } else if key.isSame(as: "timer-frequency") {
    object.host.timerFrequency = UInt32(clamping: value)
  } else if key.isSame(as: "kernel-address") {
    object.guest.pins.kernel = value
  } else if key.isSame(as: "ramdisk-address") {
    object.guest.pins.ramdisk = value
  } else if key.isSame(as: "tree-address") {
    object.guest.pins.tree = value
  } else if key.isSame(as: "announce"), value < 8 {
    object.guest.announcements = Announcements(rawValue: UInt8(value))
  } else {
    return GROVE_NO_KEY
  }
  return GROVE_OK
}

@c(grove_guest_set_bytes)
public func guestSetBytes(
  _ guest: OpaquePointer?, _ key: UnsafePointer<CChar>?, _ start: UnsafeRawPointer?, _ length: Int
) -> Int32 {
  guard let object = unsafe GuestObject.behind(guest), !object.isPlanned else { return GROVE_NO_SUCH }
  let key = unsafe text(key)
  let bytes = unsafe array(start, length)
  if key.isSame(as: "name") {
    object.guest.name = bytes
  } else if key.isSame(as: "bootargs") {
    object.guest.bootargs = bytes
  } else if key.isSame(as: "cpu-compatible") {
    if !object.hasOwnCPU { object.host.cpuCompatible = [] }
    object.hasOwnCPU = true
    object.host.cpuCompatible += bytes + [0]
  } else if key.isSame(as: "host-tree") {
    guard let facts = try? HostFacts(reading: bytes, for: object.platform) else { return GROVE_NO_TREE }
    object.host = facts
    object.hasOwnCPU = false
  } else if key.isSame(as: "device-tree") {
    object.guest.fragment = bytes
  } else if key.isSame(as: "model") {
    object.guest.model = bytes
  } else if key.isSame(as: "additions") {
    object.guest.additions = bytes
  } else {
    return GROVE_NO_KEY
  }
  return GROVE_OK
}

@c(grove_guest_add_ram)
public func guestAddRAM(_ guest: OpaquePointer?, _ address: UInt64, _ size: UInt64) -> Int32 {
  guard let object = unsafe GuestObject.behind(guest), !object.isPlanned, size <= .max - address else {
    return GROVE_NO_SUCH
  }
  object.guest.ramBanks = (object.guest.ramBanks ?? []) + [address..<(address + size)]
  object.guest.memory = (object.guest.ramBanks ?? []).reduce(0) { $0 &+ ($1.upperBound - $1.lowerBound) }
  return GROVE_OK
}

@c(grove_guest_add_mapping)
public func guestAddMapping(_ guest: OpaquePointer?, _ address: UInt64, _ size: UInt64, _ machine: UInt64) -> Int32 {
  guard let object = unsafe GuestObject.behind(guest), !object.isPlanned, size <= .max - address,
    size <= .max - machine
  else { return GROVE_NO_SUCH }
  object.guest.mappings.append(Guest.Mapping(address..<(address + size), machine: machine))
  return GROVE_OK
}

@c(grove_guest_plan)
public func guestPlan(_ guest: OpaquePointer?, _ kernel: UnsafeRawPointer?, _ size: Int) -> Int32 {
  guard let object = unsafe GuestObject.behind(guest), !object.isPlanned else { return GROVE_NO_SUCH }
  object.refusal = nil
  let file: KernelFile
  do throws(KernelFile.Failure) {
    file = try KernelFile(unsafe array(kernel, size), for: object.platform)
  } catch {
    return GROVE_NO_KERNEL
  }
  object.guest.width = file.width
  do throws(GuestPlan.Failure) {
    let plan = try GuestPlan(object.guest, kernel: file.kernel, host: object.host, platform: object.platform)
    object.planned = Planned(plan, kernel: file.bytes)
    return GROVE_OK
  } catch {
    object.refusal = error.reason
    return GROVE_REFUSED
  }
}
