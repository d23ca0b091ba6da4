// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics
internal import GuestTree
internal import XenSystem

// What a guest's description says in numbers and words.
extension SystemLoader {
  /// Name, CPUs, RAM and command line.
  mutating func readSize(_ root: Fields, into guest: inout Guest) {
    if let name = root.text("name", &diagnostics) { guest.name = Array(name.value.utf8) }
    guest.bootargs = root.bootargs("bootargs", &diagnostics).map { Array($0.value.utf8) }
    guest.cpuCount = Int(root.number("cpus", &diagnostics)?.value ?? 1)
    guest.startingCPUs = root.number("starting-cpus", &diagnostics).map { Int($0.value) }
    if let table = size("hash-table", root) { guest.hashTable = table }
    let banks = root.list("ram", &diagnostics)
    if !banks.isEmpty {
      let ranges = banks.compactMap { range($0, of: "a bank of `ram`") }
      guest.ramBanks = ranges
      guest.memory = ranges.reduce(0) { $0 &+ ($1.upperBound - $1.lowerBound) }
    }
    if let memory = size("memory", root) {
      if guest.ramBanks != nil {
        error("guest-memory", "the guest has `memory` and `ram`, which say the same thing twice", root["memory"], root)
      }
      guest.memory = memory
    } else if guest.ramBanks == nil {
      error("guest-memory", "the guest has no `memory`", nil, root)
    }
  }

  /// The partial tree, the tree's own address, ACPI tables.
  mutating func readTree(_ root: Fields, into guest: inout Guest) {
    guest.pins.tree = address("tree-address", root)
    if let value = root["acpi-tables"] { guest.acpiTables = range(value, of: "`acpi-tables`") }
    guard let name = root.text("device-tree", &diagnostics) else { return }
    guest.fragment = attempt { (loader) throws(Failure) in
      let what = "the partial device tree"
      let file = try loader.folder.read(name.value, what: what, at: Place(name.at))
      try HostReader.requireBlob(file.bytes, "\(what) \(name.value)", at: Place(name.at))
      return file.bytes
    }
  }

  /// What the tree has besides what the platform writes.
  mutating func readAdditions(_ root: Fields, into guest: inout Guest) {
    if let model = root.text("model", &diagnostics) {
      if model.value.isEmpty || model.value.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
        error("yaml-structure", "`model` is one line of text", root["model"], root)
      }
      guest.model = Array(model.value.utf8)
    }
    guard let name = root.text("additions", &diagnostics) else { return }
    guest.additions = attempt { (loader) throws(Failure) in
      let file = try loader.folder.read(name.value, what: "the additions to the tree", at: Place(name.at))
      guard !HostReader.isBlob(file.bytes) else { return file.bytes }
      let overlay = AdditionFault.isOverlay
      return try loader.compiled(file.bytes, loader.folder.path(of: name.value)) { tree in
        tree.isPlugin
          ? .error("guest-plan", overlay.description, at: Place(name.at), hint: overlay.hint) : nil
      }
    }
  }

  /// The blob of a source with labels resolved.
  ///
  /// - Parameter fault: what is wrong with the tree for this use.
  mutating func compiled(
    _ bytes: [UInt8], _ file: String, fault: (DeviceTree) -> Diagnostic? = { _ in nil }
  ) throws(Failure) -> [UInt8] {
    let parsed = parse(name: file, bytes: bytes, resolvingReferences: true, readFile: includeReader())
    sources += parsed.sources
    guard !parsed.diagnostics.hasErrors else { throw Failure(parsed.diagnostics) }
    if let fault = fault(parsed.tree) { throw Failure(fault) }
    do throws(DeviceTree.BlobError) {
      return try parsed.tree.blob()
    } catch {
      throw Failure(.error("tree-format", error.description, at: Place(file: file)))
    }
  }

  /// Console, virtio devices, interrupts and registers of the machine.
  mutating func readDevices(_ root: Fields, into guest: inout Guest) {
    if let console = root.text("console", &diagnostics) {
      guest.hasVPL011 = console.value == "vpl011"
      if !["vpl011", "none"].contains(console.value) {
        error("console-kind", "the console is `\(console.value)`, not vpl011 or none", root["console"], root)
      }
    }
    for value in root.list("devices", &diagnostics) { readDevice(value, into: &guest) }
    readAnnouncements(root, into: &guest)
    for value in root.list("interrupts", &diagnostics) {
      guard case .text(let text, isPlain: true) = value.content, let number = PropertyLiteral.integer(text),
        let interrupt = UInt32(exactly: number)
      else {
        error("yaml-structure", "an interrupt is a number", value, root)
        continue
      }
      guest.interrupts.append(interrupt)
    }
    for value in root.list("mappings", &diagnostics) {
      guard let range = range(value, of: "a mapping", keys: ["machine"]) else { continue }
      let machine = address("machine", Fields(value, of: "a mapping", at: &diagnostics))
      if machine.map({ $0 <= .max - (range.upperBound - range.lowerBound) }) == false {
        error("yaml-structure", "a mapping goes past the machine's last address", value, root)
      }
      guest.mappings.append(Guest.Mapping(range, machine: machine ?? range.lowerBound))
    }
    guest.sharedInterruptCount = root.number("shared-interrupts", &diagnostics)?.value
  }

  private mutating func readAnnouncements(_ root: Fields, into guest: inout Guest) {
    guard root["announce"] != nil else { return }
    var announced: Announcements = []
    for value in root.list("announce", &diagnostics) {
      guard case .text(let text, _) = value.content,
        let kind = Announcements.kinds.first(where: { "\($0.text)" == text })
      else {
        let known = Announcements.kinds.map { "\($0.text)" }.joined(separator: ", ")
        error("guest-announce", "`announce` is a list of \(known)", value, root)
        continue
      }
      announced.insert(kind)
    }
    guest.announcements = announced
  }

  private mutating func readDevice(_ value: YAMLValue, into guest: inout Guest) {
    let fields = Fields(value, of: "a device", at: &diagnostics)
    fields.allow(["type", "backend", "grants"], &diagnostics)
    guard let type = fields.text("type", &diagnostics) else {
      return error("guest-device", "a device has no `type`", value, fields)
    }
    let kinds: [String: Guest.Device.Kind] = [
      "disk": .disk, "i2c": .virtio(0x22), "gpio": .virtio(0x29), "virtio": .virtio(nil),
    ]
    let number = PropertyLiteral.integer(type.value).flatMap { UInt32(exactly: $0) }
    guard let kind = kinds[type.value] ?? number.map({ .virtio($0) }) else {
      return error(
        "guest-device",
        "a device's type is disk, i2c, gpio, virtio or the number of a virtio device, not `\(type.value)`",
        fields["type"], fields)
    }
    let backend = fields.number("backend", &diagnostics)?.value ?? 0
    let grants = fields["grants"].map { _ in fields.flag("grants", &diagnostics) }
    guest.devices.append(Guest.Device(kind, backend: backend, grants: grants))
  }

  /// `late`: names of late values and what they are, a number or `{hex: "00 ff"}`.
  mutating func readLateValues(_ root: Fields, into guest: inout Guest) {
    guard let fields = root.fields("late", &diagnostics) else { return }
    let names = LateName.allCases.map { "\($0.text)" }
    fields.allow(names, &diagnostics)
    for entry in fields.all {
      guard let name = LateName(Array(entry.key.utf8)) else { continue }
      var value: LateValue?
      switch entry.value.content {
      case .text(let text, isPlain: true):
        value = PropertyLiteral.integer(text).flatMap { LateValue(name, $0) }
      case .mapping:
        let bytes = attempt { (_) throws(Failure) in try PropertyLiteral.value(entry.value, of: entry.key) }
        value = bytes.flatMap { $0 }.flatMap { LateValue(name, bytes: $0.bytes) }
      default: break
      }
      if let value {
        guest.lateValues.append(value)
      } else {
        error("guest-late", "`\(entry.key)` should be a number or {hex: …} of \(name.size) bytes", entry.value, fields)
      }
    }
  }

  // MARK: Numbers

  /// A size with a unit.
  private mutating func size(_ key: String, _ fields: Fields) -> UInt64? {
    guard let text = fields.text(key, &diagnostics) else { return nil }
    return attempt { (_) throws(Failure) in try MemorySize.bytes(text.value, of: "the guest", at: Place(text.at)) }
  }

  mutating func address(_ key: String, _ fields: Fields) -> UInt64? {
    guard let value = fields[key] else { return nil }
    guard case .text(let text, isPlain: true) = value.content, let number = PropertyLiteral.integer(text) else {
      error("yaml-structure", "`\(key)` in \(fields.owner) should be an address such as 0x40000000", value, fields)
      return nil
    }
    return number
  }

  /// `{address: 0x40000000, size: 64 MiB}`.
  private mutating func range(_ value: YAMLValue, of owner: String, keys: [String] = []) -> Range<UInt64>? {
    let fields = Fields(value, of: owner, at: &diagnostics)
    fields.allow(["address", "size"] + keys, &diagnostics)
    guard let start = address("address", fields), let size = size("size", fields) else {
      if !diagnostics.hasErrors { error("yaml-structure", "\(owner) needs an `address` and a `size`", value, fields) }
      return nil
    }
    let (end, overflow) = start.addingReportingOverflow(size)
    guard !overflow else {
      error("yaml-structure", "\(owner) goes past the last address", value, fields)
      return nil
    }
    return start..<end
  }

  private mutating func error(_ rule: String, _ message: String, _ value: YAMLValue?, _ fields: Fields) {
    diagnostics.append(.error(rule, message, at: value?.place ?? fields.place))
  }
}
