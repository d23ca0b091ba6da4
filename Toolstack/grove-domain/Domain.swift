// SPDX-License-Identifier: Apache-2.0
internal import CXen

/// The libraries of Xen's that a domain is made with.
@safe struct Toolstack: ~Copyable {
  let xen: OpaquePointer
  let memory: OpaquePointer
  let events: OpaquePointer

  init() throws(Failure) {
    guard let xen = unsafe xc_interface_open(nil, nil, 0) else { throw Failure(call: "xc_interface_open") }
    guard let memory = unsafe xenforeignmemory_open(nil, 0) else {
      unsafe xc_interface_close(xen)
      throw Failure(call: "xenforeignmemory_open")
    }
    guard let events = unsafe xenevtchn_open(nil, 0) else {
      unsafe xenforeignmemory_close(memory)
      unsafe xc_interface_close(xen)
      throw Failure(call: "xenevtchn_open")
    }
    unsafe self.xen = xen
    unsafe self.memory = memory
    unsafe self.events = events
  }

  deinit {
    unsafe xenevtchn_close(events)
    unsafe xenforeignmemory_close(memory)
    unsafe xc_interface_close(xen)
  }
}

/// A domain that exists. It goes away with this value, however the program leaves.
@safe struct Domain: ~Copyable {
  let id: UInt32
  let xen: OpaquePointer

  /// Creates an empty domain, paused.
  init(_ bundle: Bundle, _ toolstack: borrowing Toolstack) throws(Failure) {
    var request = xen_domctl_createdomain()
    request.flags = grove_domain_flags
    request.max_vcpus = bundle.cpuLimit
    request.max_evtchn_port = 1023
    request.max_grant_frames = 64
    request.max_maptrack_frames = 1024
    request.grant_opts = grove_grant_version
    // The host's own kind of GIC, which the tree was made for.
    request.arch.gic_version = UInt8(XEN_DOMCTL_CONFIG_GIC_NATIVE)
    request.arch.nr_spis = bundle.sharedInterrupts
    request.arch.tee_type = UInt16(XEN_DOMCTL_CONFIG_TEE_NONE)
    var number: UInt32 = 0
    unsafe xen = toolstack.xen
    try checked(unsafe xc_domain_create(xen, &number, &request), "xc_domain_create")
    id = number
  }

  deinit { unsafe xc_domain_destroy(xen, id) }

  /// Everything between the empty domain and the one that can run.
  ///
  /// - Parameter folder: the bundle's, open.
  func build(_ bundle: Bundle, from folder: borrowing BundleFolder, _ toolstack: borrowing Toolstack) throws(Failure) {
    let memory = bundle.ram.reduce(0 as UInt64) { $0 &+ ($1.upperBound - $1.lowerBound) }
    try checked(unsafe xc_domain_max_vcpus(xen, id, bundle.cpuLimit), "xc_domain_max_vcpus")
    // One more MiB for the pages that are shared.
    try checked(unsafe xc_domain_setmaxmem(xen, id, memory >> 10 &+ 1024), "xc_domain_setmaxmem")
    // What libxl takes for the tables of a guest's addresses: a page for each CPU and each MiB, twice, and some.
    let pool = 4 * (256 * UInt64(bundle.cpuLimit) + 2 * (memory >> 20) + 128) << 10
    try checked(unsafe xc_set_paging_mempool_size(xen, id, pool), "xc_set_paging_mempool_size")
    if bundle.isWide { try setAddressSize() }
    for range in bundle.ram { try populate(range) }
    for load in bundle.loads { try copy(load, of: bundle, from: folder, toolstack) }
    for mapping in bundle.mappings { try map(mapping) }
    for interrupt in bundle.machineInterrupts {
      guard let number = UInt16(exactly: interrupt) else { throw Failure("the bundle's interrupts are malformed") }
      try checked(
        unsafe xc_domain_bind_pt_spi_irq(xen, id, number, number), "xc_domain_bind_pt_spi_irq", UInt64(interrupt))
    }
    try setRegisters(bundle)
  }

  /// A new Arm domain is one of 32 bits until it is told otherwise; libxenctrl has no function for it.
  private func setAddressSize() throws(Failure) {
    guard let handle = unsafe xencall_open(nil, 0) else { throw Failure(call: "xencall_open") }
    defer { unsafe xencall_close(handle) }
    guard let buffer = unsafe xencall_alloc_buffer(handle, MemoryLayout<xen_domctl>.size) else {
      throw Failure(call: "xencall_alloc_buffer")
    }
    defer { unsafe xencall_free_buffer(handle, buffer) }
    let request = unsafe buffer.bindMemory(to: xen_domctl.self, capacity: 1)
    unsafe request.initialize(to: xen_domctl())
    unsafe request.pointee.cmd = UInt32(XEN_DOMCTL_set_address_size)
    unsafe request.pointee.interface_version = grove_domctl_version
    unsafe request.pointee.domain = domid_t(truncatingIfNeeded: id)
    unsafe request.pointee.u.address_size.size = 64
    let result = unsafe xencall1(handle, UInt32(grove_domctl_number), UInt64(UInt(bitPattern: buffer)))
    try checked(result, "XEN_DOMCTL_set_address_size")
  }

  private func setRegisters(_ bundle: Bundle) throws(Failure) {
    var context = vcpu_guest_context_any_t()
    unsafe context.c.flags = grove_vcpu_online
    for register in bundle.registers {
      let value = register.value
      // The 32-bit registers are the lower halves of the others.
      if register.name.isSame(as: "pc") {
        unsafe context.c.user_regs.pc64 = value
      } else if register.name.isSame(as: "x0") || register.name.isSame(as: "r0") {
        unsafe context.c.user_regs.x0 = value
      } else if register.name.isSame(as: "x1") || register.name.isSame(as: "r1") {
        unsafe context.c.user_regs.x1 = value
      } else if register.name.isSame(as: "x2") || register.name.isSame(as: "r2") {
        unsafe context.c.user_regs.x2 = value
      } else if register.name.isSame(as: "x3") {
        unsafe context.c.user_regs.x3 = value
      } else if register.name.isSame(as: "cpsr") {
        unsafe context.c.user_regs.cpsr = value
      } else if register.name.isSame(as: "sctlr") {
        unsafe context.c.sctlr = value
      } else {
        throw Failure("the bundle has a register that Arm has not")
      }
    }
    try checked(unsafe xc_vcpu_setcontext(xen, id, 0, &context), "xc_vcpu_setcontext")
  }

  func unpause() throws(Failure) { try checked(unsafe xc_domain_unpause(xen, id), "xc_domain_unpause") }

  enum State {
    case running
    case gone
    /// With Xen's `SHUTDOWN_` number.
    case shutDown(UInt32)
  }

  func state() -> State {
    var info = xc_domaininfo_t()
    guard unsafe xc_domain_getinfolist(xen, id, 1, &info) == 1, UInt32(info.domain) == id else { return .gone }
    return info.flags & grove_is_shut_down == 0 ? .running : .shutDown(grove_shutdown_reason(info.flags))
  }
}
