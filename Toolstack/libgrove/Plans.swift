// SPDX-License-Identifier: Apache-2.0
public import CGrove
internal import GuestTree

// Reading plans out.

@c(grove_guest_reason)
public func guestReason(_ guest: OpaquePointer?, _ value: UnsafeMutablePointer<UInt64>?) -> UnsafePointer<CChar>? {
  guard let refusal = unsafe GuestObject.behind(guest)?.refusal else { return nil }
  unsafe value?.pointee = refusal.value
  return unsafe pointer(refusal.reason)
}

@c(grove_guest_tree)
public func guestTree(_ guest: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?) -> UnsafeRawPointer? {
  guard let planned = unsafe GuestObject.behind(guest)?.planned else { return nil }
  unsafe size?.pointee = planned.tree.count
  return unsafe planned.tree.start
}

@c(grove_guest_kernel)
public func guestKernel(_ guest: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?) -> UnsafeRawPointer? {
  guard let planned = unsafe GuestObject.behind(guest)?.planned else { return nil }
  unsafe size?.pointee = planned.kernel.count
  return unsafe planned.kernel.start
}

@c(grove_guest_ram)
public func guestRAM(_ guest: OpaquePointer?, _ index: Int, _ range: UnsafeMutablePointer<grove_range>?) -> Int32 {
  guard let ram = unsafe GuestObject.behind(guest)?.planned?.plan.domain.ram, ram.indices.contains(index) else {
    return GROVE_NO_SUCH
  }
  unsafe range?.pointee = grove_range(ram[index])
  return GROVE_OK
}

@c(grove_guest_load)
public func guestLoad(_ guest: OpaquePointer?, _ index: Int, _ load: UnsafeMutablePointer<grove_load>?) -> Int32 {
  guard let loads = unsafe GuestObject.behind(guest)?.planned?.plan.loads, loads.indices.contains(index) else {
    return GROVE_NO_SUCH
  }
  let found = loads[index]
  unsafe load?.pointee = grove_load(
    input: pointer(found.input.text), offset: found.source.lowerBound,
    size: found.source.upperBound - found.source.lowerBound, memory: grove_range(found.memory))
  return GROVE_OK
}

@c(grove_guest_register)
public func guestRegister(_ guest: OpaquePointer?, _ index: Int, _ value: UnsafeMutablePointer<grove_value>?) -> Int32 {
  guard let registers = unsafe GuestObject.behind(guest)?.planned?.plan.entry.registers,
    registers.indices.contains(index)
  else { return GROVE_NO_SUCH }
  unsafe value?.pointee = grove_value(name: pointer(registers[index].name), value: registers[index].value)
  return GROVE_OK
}

@c(grove_guest_page)
public func guestPage(_ guest: OpaquePointer?, _ index: Int, _ page: UnsafeMutablePointer<grove_value>?) -> Int32 {
  guard let pages = unsafe GuestObject.behind(guest)?.planned?.plan.layout.pages, pages.indices.contains(index) else {
    return GROVE_NO_SUCH
  }
  unsafe page?.pointee = grove_value(name: pointer(pages[index].kind.text), value: pages[index].address)
  return GROVE_OK
}

extension grove_range {
  fileprivate init(_ range: Range<UInt64>) {
    self.init(address: range.lowerBound, size: range.upperBound - range.lowerBound)
  }
}
