// SPDX-License-Identifier: Apache-2.0
internal import CXen

// Memory: giving it to a domain, and filling it.
extension Domain {
  private static var pageShift: UInt64 { 12 }
  private static var pageSize: UInt64 { 1 << pageShift }
  /// 2 MiB, the largest page that a guest's memory is sure to have.
  private static var bigOrder: UInt32 { 9 }
  private static var bigSize: UInt64 { pageSize << UInt64(bigOrder) }
  private static var extentsAtOnce: Int { 512 }

  /// Gives a range of RAM to the domain, in large pages where they fit.
  func populate(_ range: Range<UInt64>) throws(Failure) {
    var at = range.lowerBound
    while at < range.upperBound {
      let isBig = at % Self.bigSize == 0 && range.upperBound - at >= Self.bigSize
      let step = isBig ? Self.bigSize : Self.pageSize
      var extents: [xen_pfn_t] = []
      repeat {
        extents.append(at >> Self.pageShift)
        at += step
      } while extents.count < Self.extentsAtOnce && range.upperBound - at >= step
        && (isBig || at % Self.bigSize != 0 || range.upperBound - at < Self.bigSize)
      let result = unsafe xc_domain_populate_physmap_exact(
        xen, id, UInt(extents.count), isBig ? Self.bigOrder : 0, 0, &extents)
      try checked(result, "xc_domain_populate_physmap_exact", extents[0] << Self.pageShift)
    }
  }

  /// Fills memory from a file of the bundle, and the room behind it with zeros.
  func copy(
    _ load: Bundle.Load, of bundle: Bundle, from folder: borrowing BundleFolder, _ toolstack: borrowing Toolstack
  ) throws(Failure) {
    let descriptor = try folder.open(bundle.files[load.file])
    defer { close(descriptor) }
    var at = load.memory.lowerBound
    var source = load.source
    while at < load.memory.upperBound {
      let first = at & ~(Self.pageSize - 1)
      let end = min(load.memory.upperBound, first + Self.bigSize)
      var pages: [xen_pfn_t] = []
      for address in stride(from: first, to: end, by: Int(Self.pageSize)) { pages.append(address >> Self.pageShift) }
      let window = unsafe xenforeignmemory_map(
        toolstack.memory, id, PROT_READ | PROT_WRITE, pages.count, &pages, nil)
      guard let window = unsafe window else { throw Failure(call: "xenforeignmemory_map", value: first) }
      defer { unsafe xenforeignmemory_unmap(toolstack.memory, window, pages.count) }
      let target = unsafe UnsafeMutableRawBufferPointer(start: window + Int(at - first), count: Int(end - at))
      let wanted = min(UInt64(target.count), source.upperBound - source.lowerBound)
      try unsafe Self.read(
        descriptor, from: source.lowerBound, into: UnsafeMutableRawBufferPointer(rebasing: target[..<Int(wanted)]))
      for index in Int(wanted)..<target.count { unsafe target[index] = 0 }
      unsafe grove_clean(window, pages.count << Int(Self.pageShift))
      source = (source.lowerBound + wanted)..<source.upperBound
      at = end
    }
  }

  /// Writes a few bytes over what is in memory.
  func overwrite(_ bytes: [UInt8], at address: UInt64, _ toolstack: borrowing Toolstack) throws(Failure) {
    let first = address & ~(Self.pageSize - 1)
    var pages: [xen_pfn_t] = []
    for page in stride(from: first, to: address + UInt64(bytes.count), by: Int(Self.pageSize)) {
      pages.append(page >> Self.pageShift)
    }
    let window = unsafe xenforeignmemory_map(toolstack.memory, id, PROT_READ | PROT_WRITE, pages.count, &pages, nil)
    guard let window = unsafe window else { throw Failure(call: "xenforeignmemory_map", value: first) }
    for (index, byte) in bytes.enumerated() {
      unsafe window.storeBytes(of: byte, toByteOffset: Int(address - first) + index, as: UInt8.self)
    }
    unsafe grove_clean(window, pages.count << Int(Self.pageShift))
    unsafe xenforeignmemory_unmap(toolstack.memory, window, pages.count)
  }

  private static func read(
    _ descriptor: Int32, from offset: UInt64, into target: UnsafeMutableRawBufferPointer
  ) throws(Failure) {
    var rest = unsafe target[...]
    var at = Int(offset)
    while unsafe !rest.isEmpty {
      let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: rest)
      let count = unsafe pread(descriptor, piece.baseAddress, piece.count, at)
      if count < 0, grove_errno() == EINTR { continue }
      guard count > 0 else { throw count < 0 ? Failure(call: "read") : Failure("a file of the bundle ends too early") }
      unsafe rest = rest.dropFirst(count)
      at += count
    }
  }

  /// Lets the domain reach registers of the machine.
  func map(_ mapping: Bundle.Mapping) throws(Failure) {
    let count = (mapping.guest.upperBound - mapping.guest.lowerBound) >> Self.pageShift
    let machine = mapping.machine >> Self.pageShift
    try checked(
      unsafe xc_domain_iomem_permission(xen, id, UInt(machine), UInt(count), 1), "xc_domain_iomem_permission",
      mapping.machine)
    let result = unsafe xc_domain_memory_mapping(
      xen, id, UInt(mapping.guest.lowerBound >> Self.pageShift), UInt(machine), UInt(count), UInt32(DPCI_ADD_MAPPING))
    try checked(result, "xc_domain_memory_mapping", mapping.guest.lowerBound)
  }

  /// A page that the domain shares with us, empty.
  func sharePage(at address: UInt64) throws(Failure) {
    var page = [address >> Self.pageShift]
    try checked(
      unsafe xc_domain_populate_physmap_exact(xen, id, 1, 0, 0, &page), "xc_domain_populate_physmap_exact", address)
    try checked(unsafe xc_clear_domain_pages(xen, id, UInt(page[0]), 1), "xc_clear_domain_pages", address)
  }
}
