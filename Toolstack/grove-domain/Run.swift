// SPDX-License-Identifier: Apache-2.0
internal import CXen

/// One domain from its bundle to its end.
struct Run {
  private let options: Options

  init(_ options: Options) { self.options = options }

  /// - Returns: the exit status.
  func start(_ output: inout Stream) throws(Failure) -> Int32 {
    let folder = BundleFolder(options.bundle)
    let bundle = try folder.bundle()
    let hasUART = try TreeFacts(folder.tree(of: bundle)).hasUART
    let name = options.name ?? folder.name
    grove_catch_interrupts()

    let toolstack = try Toolstack()
    let domain = try Domain(bundle, toolstack)
    try domain.build(bundle, from: folder, toolstack)
    for page in bundle.pages { try domain.sharePage(at: page.address) }
    var console = try paravirtualConsole(of: domain, bundle, name, toolstack)
    var uart = hasUART ? try emulatedUART(of: domain, bundle, name, toolstack) : nil
    try writeLateValues(of: bundle, into: domain, toolstack)
    try domain.unpause()

    let began = Self.seconds()
    while true {
      console.drain(to: &output)
      uart?.drain(to: &output)
      output.flush()
      let state = domain.state()
      if case .running = state, !isOver(began) {
        wait(toolstack)
        continue
      }
      console.drain(to: &output)
      uart?.drain(to: &output)
      console.finish(&output)
      uart?.finish(&output)
      return report(state, name, &output)
    }
  }

  /// The console of guests that know Xen. There is no store, and a guest that is told of one would wait for it for ever.
  private func paravirtualConsole(
    of domain: borrowing Domain, _ bundle: Bundle, _ name: [UInt8], _ toolstack: borrowing Toolstack
  ) throws(Failure) -> Console {
    guard let page = bundle.page("console") else { throw Failure("the bundle has no console page") }
    let port = try checked(unsafe xc_evtchn_alloc_unbound(toolstack.xen, domain.id, 0), "xc_evtchn_alloc_unbound")
    for (parameter, value) in [
      (UInt32(HVM_PARAM_CONSOLE_PFN), page >> 12), (UInt32(HVM_PARAM_CONSOLE_EVTCHN), UInt64(port)),
      (UInt32(HVM_PARAM_STORE_PFN), 0), (UInt32(HVM_PARAM_STORE_EVTCHN), 0),
    ] {
      try checked(
        unsafe xc_hvm_param_set(toolstack.xen, domain.id, parameter, value), "xc_hvm_param_set", UInt64(parameter))
    }
    return try Console(
      page: page, remotePort: UInt32(port), of: domain.id, prefix: Self.prefix(name), isRaw: options.isRaw, toolstack)
  }

  /// The PL011 that Xen emulates.
  private func emulatedUART(
    of domain: borrowing Domain, _ bundle: Bundle, _ name: [UInt8], _ toolstack: borrowing Toolstack
  ) throws(Failure) -> Console {
    guard let page = bundle.page("vuart") else { throw Failure("the tree has a UART, and the bundle no page for it") }
    var port: evtchn_port_t = 0
    let result = unsafe xc_dom_vuart_init(
      toolstack.xen, UInt32(XEN_DOMCTL_VUART_TYPE_VPL011), domain.id, 0, page >> 12, &port)
    try checked(result, "xc_dom_vuart_init")
    return try Console(
      page: page, remotePort: port, of: domain.id, prefix: Self.prefix(name), isRaw: options.isRaw, toolstack)
  }

  /// Into the tree, where it lies in the domain's memory. There is no store, so that its port and page stay as they are.
  private func writeLateValues(
    of bundle: Bundle, into domain: borrowing Domain, _ toolstack: borrowing Toolstack
  ) throws(Failure) {
    guard let tree = bundle.treeAddress else { throw Failure("the bundle loads no tree") }
    for late in bundle.late {
      var bytes = [UInt8](repeating: 0, count: Int(late.place.upperBound - late.place.lowerBound))
      if late.name.isSame(as: "random-seed") {
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe getrandom($0.baseAddress, $0.count, 0) }
        guard count == bytes.count else { throw Failure(call: "getrandom") }
      } else if late.name.isSame(as: "domain") {
        for index in bytes.indices.suffix(4) {
          bytes[index] = UInt8(truncatingIfNeeded: domain.id >> UInt32(8 * (bytes.count - 1 - index)))
        }
      } else {
        continue
      }
      try domain.overwrite(bytes, at: tree + late.place.lowerBound, toolstack)
    }
  }

  private static func prefix(_ name: [UInt8]) -> [UInt8] { name + [UInt8(ascii: "|"), UInt8(ascii: " ")] }

  /// Until something happens, or for so long that a shutdown is noticed soon.
  private func wait(_ toolstack: borrowing Toolstack) {
    var descriptor = pollfd(fd: unsafe xenevtchn_fd(toolstack.events), events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&descriptor, 1, 20) > 0 else { return }
    let port = unsafe xenevtchn_pending(toolstack.events)
    if port >= 0 { unsafe xenevtchn_unmask(toolstack.events, evtchn_port_t(port)) }
  }

  private func isOver(_ began: UInt64) -> Bool {
    grove_is_interrupted() || options.timeout.map { Self.seconds() &- began >= $0 } ?? false
  }

  private static func seconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec)
  }

  private func report(_ state: Domain.State, _ name: [UInt8], _ output: inout Stream) -> Int32 {
    output.write(name)
    switch state {
    case .running:
      output.write(grove_is_interrupted() ? ": destroyed, as asked\n" : ": destroyed after the time given\n")
    case .gone: output.write(": destroyed by somebody else\n")
    case .shutDown(let reason):
      output.write(": shut down: ")
      switch reason {
      case 0: output.write("poweroff")
      case 1: output.write("reboot")
      case 2: output.write("suspend")
      case 3: output.write("crash")
      case 4: output.write("watchdog")
      default:
        output.write("reason ")
        output.write(decimal: UInt64(reason))
      }
      output.write("\n")
      return reason == 0 ? 0 : 1
    }
    return 1
  }
}
