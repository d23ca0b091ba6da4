// SPDX-License-Identifier: Apache-2.0
internal import CXen

/// A console that a domain writes to: a page with a ring in it, and the channel that says that there is something.
@safe struct Console: ~Copyable {
  private let ring: UnsafeMutablePointer<xencons_interface>
  private let port: Int32
  private let memory: OpaquePointer
  private let events: OpaquePointer
  private let prefix: [UInt8]
  private var isLineStart = true
  /// Whether control characters reach the terminal.
  private let isRaw: Bool

  /// - Parameter remotePort: the domain's end of the channel.
  init(
    page: UInt64, remotePort: UInt32, of domain: UInt32, prefix: [UInt8], isRaw: Bool,
    _ toolstack: borrowing Toolstack
  ) throws(Failure) {
    var number: xen_pfn_t = page >> 12
    let window = unsafe xenforeignmemory_map(toolstack.memory, domain, PROT_READ | PROT_WRITE, 1, &number, nil)
    guard let window = unsafe window else { throw Failure(call: "xenforeignmemory_map", value: page) }
    let bound = unsafe xenevtchn_bind_interdomain(toolstack.events, domain, remotePort)
    guard bound >= 0 else {
      let failure = Failure(call: "xenevtchn_bind_interdomain")
      unsafe xenforeignmemory_unmap(toolstack.memory, window, 1)
      throw failure
    }
    unsafe ring = window.assumingMemoryBound(to: xencons_interface.self)
    port = bound
    unsafe memory = toolstack.memory
    unsafe events = toolstack.events
    self.prefix = prefix
    self.isRaw = isRaw
  }

  deinit {
    unsafe xenevtchn_unbind(events, evtchn_port_t(port))
    unsafe xenforeignmemory_unmap(memory, ring, 1)
  }

  /// Prints what the domain has written since the last time.
  mutating func drain(to output: inout Stream) {
    let produced = unsafe grove_ring_produced(ring)
    var consumed = unsafe grove_ring_consumed(ring)
    guard produced != consumed else { return }
    // The indices are the guest's to write: more than a ring of text is none.
    if unsafe produced &- consumed > grove_ring_size(ring) { consumed = unsafe produced &- grove_ring_size(ring) }
    while consumed != produced {
      show(unsafe grove_ring_byte(ring, consumed), to: &output)
      consumed &+= 1
    }
    unsafe grove_ring_consume(ring, consumed)
    unsafe xenevtchn_notify(events, evtchn_port_t(port))
  }

  private mutating func show(_ byte: UInt8, to output: inout Stream) {
    if isLineStart { output.write(prefix) }
    isLineStart = byte == 0x0a
    switch byte {
    case 0x0a, 0x09: output.write(byte: byte)
    case 0x0d: break
    case 0..<0x20 where !isRaw, 0x7f where !isRaw:
      output.write("\\x")
      output.writeHex(UInt64(byte), digits: 2)
    default: output.write(byte: byte)
    }
  }
}

extension Console {
  /// Ends a line that the domain left open.
  mutating func finish(_ output: inout Stream) {
    if !isLineStart { output.write(byte: 0x0a) }
    isLineStart = true
  }
}
