// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import XLConfig
internal import XenFacts
internal import XenSystem

/// Takes a guest out of a configuration of xl. What is wrong is collected, so that one run tells all.
struct XLGuestReader {
  private let config: XLConfig
  private let xen: XenVersion
  private let file: String
  private(set) var diagnostics: [Diagnostic] = []
  /// The names that have been taken.
  private var taken: Set<String> = []

  init(_ config: XLConfig, xen: XenVersion, file: String) {
    self.config = config
    self.xen = xen
    self.file = file
  }

  /// The guest; nil when something is wrong.
  mutating func read() -> XLGuest? {
    judgeNames()
    let name = readName()
    let memory = readMemory()
    let cpus = readCPUs()
    var guest = XLGuest(
      name: name ?? Sourced(""), memory: memory.start, maximumMemory: memory.limit, cpus: cpus.online,
      maximumCPUs: cpus.all)
    readBoot(&guest)
    readHostDevices(&guest)
    readArm(&guest)
    readDevices(&guest)
    guest.others = config.settings.filter { !taken.contains($0.name) && isRead($0.name) }
    guest.warnings = diagnostics
    return diagnostics.hasErrors ? nil : guest
  }

  // MARK: - Names

  private static let keys = Dictionary(uniqueKeysWithValues: XLKey.all.map { ($0.name, $0) })
  /// For so many unknown names the nearest is sought. A file with more of them is no configuration of a guest.
  private static let searchLimit = 50

  /// What people write who know another system, or an older one, and what xl calls it.
  private static let meanings = [
    "append": "cmdline", "args": "cmdline", "bootargs": "cmdline", "cpu": "vcpus", "dtb": "device_tree",
    "fdt": "device_tree", "image": "kernel", "initramfs": "ramdisk", "initrd": "ramdisk", "iommu": "passthrough",
    "mem": "memory", "ncpus": "vcpus", "smp": "vcpus",
  ]

  private func isRead(_ name: String) -> Bool { Self.keys[name].map { $0.since <= xen } ?? false }

  /// Says which settings xl ignores.
  private mutating func judgeNames() {
    var unknownCount = 0
    for setting in config.settings {
      let place = Place(setting.nameLocation)
      guard let key = Self.keys[setting.name] else {
        unknownCount += 1
        let isSought = unknownCount <= Self.searchLimit
        let near =
          Self.meanings[setting.name]
          ?? (isSought ? nearestName(to: setting.name, among: XLKey.all.lazy.map(\.name)) : nil)
        report(
          .warning(
            "xl-unknown-key", "xl does not know `\(setting.name)` and ignores it in silence", at: place,
            hint: near.map { "did you mean `\($0)`?" }))
        continue
      }
      if key.since > xen {
        report(
          .warning(
            "xl-ignored-key",
            "xl of Xen \(xen.text) does not know `\(key.name)` and ignores it in silence; \(key.since.text) does",
            at: place))
      } else if key.isOfX86 {
        report(
          Diagnostic(
            .note, rule: "xl-x86-key", "`\(key.name)` is for guests of x86; a guest of Arm has nothing of it", at: place
          ))
      }
    }
  }

  // MARK: - Values

  /// What a name is set to, when xl of this version reads it.
  private mutating func value<Value>(
    _ name: String, _ read: (XLConfig) throws(Diagnostic) -> Value?
  ) -> Sourced<Value>? {
    guard isRead(name), let setting = config[name] else { return nil }
    taken.insert(name)
    do throws(Diagnostic) {
      return try read(config).map { Sourced($0, at: setting.value.location) }
    } catch {
      var diagnostic = error
      diagnostic.hint = "xl goes on as if `\(name)` were not there"
      report(diagnostic)
      return nil
    }
  }

  private mutating func text(_ name: String) -> Sourced<String>? {
    value(name) { config throws(Diagnostic) in try config.string(name) }
  }

  /// - Parameter bounds: what makes sense; xl itself takes every number.
  private mutating func number(_ name: String, in bounds: ClosedRange<Int64>) -> Sourced<Int64>? {
    guard let number = value(name, { config throws(Diagnostic) in try config.integer(name) }) else { return nil }
    guard bounds.contains(number.value) else {
      fail(
        "`\(name)` is \(number.value), and not within \(bounds.lowerBound) and \(bounds.upperBound)",
        at: number.location)
      return nil
    }
    return number
  }

  private mutating func truth(_ name: String) -> Sourced<Bool>? {
    value(name) { config throws(Diagnostic) in try config.boolean(name) }
  }

  /// The texts of a list. xl leaves out what is no text, or stops at it; here it is an error.
  private mutating func texts(_ name: String) -> [Sourced<String>] {
    let list = value(name) { config throws(Diagnostic) in try config.list(name) }
    var texts: [Sourced<String>] = []
    for (index, element) in (list?.value ?? []).enumerated() {
      if let text = element.text {
        texts.append(Sourced(text, at: element.location))
      } else {
        fail("element \(index) of `\(name)` is a list, but should be a text", at: element.location)
      }
    }
    return texts
  }

  /// A text that is one of a few words, in letters of either size.
  private mutating func choice<Choice>(
    _ name: String, _ choices: [(word: String, value: Choice)], ignoringCase: Bool = true
  ) -> Sourced<Choice>? {
    guard let text = text(name) else { return nil }
    let word = ignoringCase ? text.value.lowercased() : text.value
    if let choice = choices.first(where: { $0.word == word }) { return Sourced(choice.value, at: text.location) }
    let known = choices.map { "`\($0.word)`" }.joined(separator: ", ")
    fail(
      "`\(name)` is `\(text.value)`, which xl of Xen \(xen.text) does not know", at: text.location,
      hint: "it knows \(known)")
    return nil
  }

  /// Of each level so many are kept.
  private static let diagnosticLimit = 100
  private var counts: [Diagnostic.Level: Int] = [:]

  private mutating func report(_ diagnostic: Diagnostic) {
    counts[diagnostic.level, default: 0] += 1
    if counts[diagnostic.level, default: 0] <= Self.diagnosticLimit { diagnostics.append(diagnostic) }
  }

  private mutating func fail(_ message: String, at location: SourceLocation?, hint: String? = nil) {
    report(.error("xl-value", message, at: place(location), hint: hint))
  }

  private mutating func warn(_ message: String, at location: SourceLocation?, hint: String? = nil) {
    report(.warning("xl-value", message, at: place(location), hint: hint))
  }

  private func place(_ location: SourceLocation?) -> Place { location.map { Place($0) } ?? Place(file: file) }

  // MARK: - What every guest has

  private mutating func readName() -> Sourced<String>? {
    let name = text("name")
    if config["name"] == nil {
      fail("the guest has no name", at: nil, hint: "xl refuses it; write `name = \"guest\"`")
    } else if let name, name.value.isEmpty {
      fail("the name of the guest is empty", at: name.location)
    }
    return name
  }

  private mutating func readMemory() -> (start: Sourced<UInt64>, limit: Sourced<UInt64>) {
    // Far more than a machine has, and far from where xl's own arithmetic goes round.
    let bounds: ClosedRange<Int64> = 1...(1 << 30)
    let start = number("memory", in: bounds).map { Sourced(UInt64($0.value) << 20, at: $0.location) }
    let limit = number("maxmem", in: bounds).map { Sourced(UInt64($0.value) << 20, at: $0.location) }
    if config["memory"] == nil {
      fail("the guest has no `memory`", at: nil, hint: "xl would take a small default; write the MiB: `memory = 256`")
    }
    let memory = start ?? Sourced(0)
    if let limit, limit.value < memory.value {
      fail(
        "`maxmem` is \(describeSize(limit.value)), less than the `memory` of \(describeSize(memory.value))",
        at: limit.location)
    }
    return (memory, limit ?? memory)
  }

  private mutating func readCPUs() -> (online: Sourced<UInt32>, all: Sourced<UInt32>) {
    func count(_ name: String, _ reader: inout XLGuestReader) -> Sourced<UInt32>? {
      guard let number = reader.number(name, in: 0...Int64(XenLimits.guestCPUs)) else { return nil }
      guard number.value > 0 else {
        reader.warn("xl takes `\(name) = 0` as if it were not there", at: number.location)
        return nil
      }
      return Sourced(UInt32(clamping: number.value), at: number.location)
    }
    let online = count("vcpus", &self)
    let all = count("maxvcpus", &self)
    if let online, let all, all.value < online.value {
      fail("`maxvcpus` is \(all.value), less than the \(online.value) of `vcpus`", at: all.location)
    }
    return (online ?? Sourced(1), all ?? online ?? Sourced(1))
  }

  // MARK: - What it boots

  private mutating func readBoot(_ guest: inout XLGuest) {
    guest.kind = readKind()
    guest.kernel = text("kernel")
    guest.ramdisk = text("ramdisk")
    guest.bootloader = text("bootloader")
    guest.firmware = text("firmware")
    guest.bootargs = readBootargs()
    if config["kernel"] == nil, config["bootloader"] == nil, config["firmware"] == nil {
      fail("the guest has neither `kernel` nor `bootloader`", at: nil, hint: "write `kernel = \"Image\"`")
    }
  }

  private mutating func readKind() -> Sourced<XLGuest.Kind>? {
    let kinds = XLGuest.Kind.allCases.map { ($0.rawValue, $0) }
    let old = choice("builder", [("generic", XLGuest.Kind.pv), ("hvm", .hvm)], ignoringCase: false)
    let new = choice("type", kinds, ignoringCase: false)
    if let new, let old, new.value != old.value {
      fail("`builder` says another type of guest than `type`", at: old.location, hint: "leave `builder` out")
    }
    let kind = new ?? old
    if let kind, kind.value != .pvh {
      warn("the guest is of type `\(kind.value.rawValue)`; those of Arm are `pvh`", at: kind.location)
    }
    return kind
  }

  private mutating func readBootargs() -> Sourced<String>? {
    let whole = text("cmdline")
    let root = text("root")
    let extra = text("extra")
    if let whole {
      if let ignored = root ?? extra {
        warn("xl ignores `root` and `extra` in favour of `cmdline`", at: ignored.location)
      }
      return whole
    }
    let words = [root.map { "root=\($0.value)" }, extra?.value].compactMap { $0 }
    guard !words.isEmpty else { return nil }
    return Sourced(words.joined(separator: " "), at: root?.location ?? extra?.location)
  }

  // MARK: - What it has of the host

  private mutating func readHostDevices(_ guest: inout XLGuest) {
    guest.deviceTree = text("device_tree")
    guest.interrupts = texts("irqs").compactMap { readInterrupt($0) }
    guest.ioMemory = texts("iomem").compactMap { readIOMemory($0) }
    guest.devices = texts("dtdev")
    guest.pciDevices = texts("pci")
    for device in guest.devices where !device.value.hasPrefix("/") {
      fail("`\(device.value)` in `dtdev` is no path of the host's tree", at: device.location)
    }
  }

  private mutating func readInterrupt(_ text: Sourced<String>) -> Sourced<UInt32>? {
    let digits = text.value.utf8
    guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      var hint: String?
      if case .value(let number) = XLNumber(digits), number >= 0 { hint = "write \(number): `irqs` is read in decimal" }
      fail("`\(text.value)` in `irqs` is no decimal number, and xl refuses it", at: text.location, hint: hint)
      return nil
    }
    guard let number = UInt32(text.value) else {
      fail("the interrupt \(text.value) is larger than 32 bits", at: text.location)
      return nil
    }
    if digits.count > 1, digits.first == UInt8(ascii: "0") {
      warn("xl reads `\(text.value)` as the decimal number \(number)", at: text.location)
    }
    if !(32..<1020).contains(number) {
      warn(
        "a guest cannot be given the interrupt \(number): those that it can have are 32 to 1019", at: text.location)
    }
    return Sourced(number, at: text.location)
  }

  private mutating func readIOMemory(_ text: Sourced<String>) -> Sourced<XLGuest.IOMemory>? {
    let parts = text.value.split(separator: ",", omittingEmptySubsequences: false)
    let behind = parts.count == 2 ? parts[1].split(separator: "@", omittingEmptySubsequences: false) : []
    guard (1...2).contains(behind.count), let frame = hexadecimal(parts[0]), let count = hexadecimal(behind[0]) else {
      fail(
        "`\(text.value)` in `iomem` is not FIRST-PAGE,PAGES or FIRST-PAGE,PAGES@GUEST-PAGE", at: text.location,
        hint: "all three are hexadecimal numbers of 4 KiB pages: `9010,1@24000`")
      return nil
    }
    var guestFrame = frame
    if behind.count == 2 {
      guard let number = hexadecimal(behind[1]) else {
        fail("`\(behind[1])` in `iomem` is no hexadecimal number of a page", at: text.location)
        return nil
      }
      guestFrame = number
    }
    // Addresses of Arm have 52 bits.
    let limit: UInt64 = 1 << 40
    for first in [frame, guestFrame] where first > limit || count > limit - first {
      fail("the \(hex(count)) pages from \(hex(first)) on end behind every address", at: text.location)
      return nil
    }
    if count == 0 { warn("`\(text.value)` in `iomem` is no page at all", at: text.location) }
    return Sourced(XLGuest.IOMemory(frame: frame, pageCount: count, guestFrame: guestFrame), at: text.location)
  }

  private func hexadecimal(_ text: Substring) -> UInt64? {
    let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.dropFirst(2) : text
    guard !digits.hasPrefix("+"), !digits.hasPrefix("-") else { return nil }
    return UInt64(digits, radix: 16)
  }

  // MARK: - What is of Arm

  private mutating func readArm(_ guest: inout XLGuest) {
    guest.hasVUART = choice("vuart", [("sbsa_uart", true), ("unknown", false)])?.value ?? false
    let gic = choice("gic_version", [("default", nil), ("v2", XLGuest.GICVersion.v2), ("v3", .v3)])
    guest.gicVersion = gic.flatMap { gic in gic.value.map { Sourced($0, at: gic.location) } }
    var tees: [(String, XLGuest.TEE?)] = [("none", nil), ("optee", .optee)]
    if xen >= XenVersion(4, 18) { tees.append(("ffa", .ffa)) }
    let tee = choice("tee", tees)
    guest.tee = tee.flatMap { tee in tee.value.map { Sourced($0, at: tee.location) } }
    let lengths: [(String, XLGuest.VectorLength?)] =
      [("disabled", nil), ("hw", .hardware)]
      + stride(from: 128, through: 2048, by: 128).map { ("\($0)", .bits(UInt32($0))) }
    let sve = choice("sve", lengths)
    guest.sve = sve.flatMap { sve in sve.value.map { Sourced($0, at: sve.location) } }
    // xl.cfg(5) says 991; xl takes any number and loses what is above 32 bits.
    let spis = number("nr_spis", in: 0...991)
    guest.sharedInterrupts = spis.map { Sourced(UInt32(clamping: $0.value), at: $0.location) }
    for range in texts("llc_colors") where guest.cacheColors.count < Self.colorLimit {
      guest.cacheColors += readColors(range)
    }
    guest.hasACPI = truth("acpi")
    guest.hasVPMU = truth("vpmu")
  }

  /// More colours than a cache has.
  private static let colorLimit = 1 << 16

  private mutating func readColors(_ text: Sourced<String>) -> [UInt32] {
    let ends = text.value.split(separator: "-", omittingEmptySubsequences: false).map { UInt32($0) }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends.last ?? nil, first <= last,
      last < Self.colorLimit
    else {
      fail("`\(text.value)` in `llc_colors` is no colour and no range of colours", at: text.location)
      return []
    }
    return Array(first...last)
  }

  // MARK: - Devices

  private mutating func readDevices(_ guest: inout XLGuest) {
    for text in texts("virtio") {
      take(text, { text throws(XLSpecificationError) in try XLVirtioDevice(text) }, into: &guest.virtio)
    }
    for text in texts("disk") {
      take(text, { [xen] text throws(XLSpecificationError) in try XLDisk(text, xen: xen) }, into: &guest.disks)
    }
    for text in texts("vif") {
      take(text, { text throws(XLSpecificationError) in try XLNetwork(text) }, into: &guest.networks)
    }
    for network in guest.networks {
      for option in network.value.unknown {
        warn("xl does not know `\(option)` of a `vif` and ignores it", at: network.location)
      }
    }
  }

  private mutating func take<Device>(
    _ text: Sourced<String>, _ read: (String) throws(XLSpecificationError) -> Device,
    into devices: inout [Sourced<Device>]
  ) {
    do throws(XLSpecificationError) {
      devices.append(Sourced(try read(text.value), at: text.location))
    } catch {
      fail(error.message, at: text.location, hint: error.hint)
    }
  }
}
