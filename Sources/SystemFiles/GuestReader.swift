// SPDX-License-Identifier: Apache-2.0
internal import BootImages
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics
internal import FlattenedTree
internal import GuestTree
internal import XenFacts
internal import XenSystem

// The description of one guest that a toolstack builds: keys as those of a domain, where a domain has them.
extension SystemLoader {
  private static let guestDescriptionKeys = [
    "grove", "allow-outside", "name", "platform", "generation", "xen", "host", "kernel", "ramdisk", "bootargs",
    "memory",
    "ram", "cpus", "starting-cpus", "console", "device-tree", "model", "additions", "tree-address", "devices",
    "interrupts", "mappings", "shared-interrupts", "hash-table", "acpi-tables", "announce", "late",
  ]
  private static let platforms = ["xen-arm64", "xen-arm32", "xen-ppc64", "qemu-virt", "qemu-virt-riscv64"]
  private static let generations: [String: PowerPCGeneration] = ["first": .first, "second": .second, "final": .final]

  mutating func loadGuest(_ file: String) throws(Failure) -> LoadedGuest {
    folder = SourceFolder(of: file)
    let bytes = try InputFile.read(file, what: "the description", at: Place(file: file))
    let source = SourceText(name: file, bytes: bytes)
    sources.append(source)
    let root = Fields(try YAMLReader.read(source), of: "the guest", at: &diagnostics)
    root.allow(Self.guestDescriptionKeys, &diagnostics)
    checkVersion(root)
    folder.allowsOutside = root.flag("allow-outside", &diagnostics)

    let platform = attempt { (loader) throws(Failure) in try loader.readPlatform(root) }
    let host = platform.flatMap { platform in
      attempt { (loader) throws(Failure) in try loader.readHostFacts(root, platform) }
    }
    let kernel = platform.flatMap { platform in
      attempt { (loader) throws(Failure) in try loader.readKernel(root, platform) }
    }
    var guest = Guest(cpuCount: 1, memory: 0)
    readSize(root, into: &guest)
    let ramdisk = attempt { (loader) throws(Failure) in try loader.readRamdisk(root, into: &guest) }
    readTree(root, into: &guest)
    readAdditions(root, into: &guest)
    readDevices(root, into: &guest)
    readLateValues(root, into: &guest)
    guard let platform, let host, let kernel, let ramdisk, !diagnostics.hasErrors else { throw Failure(diagnostics) }
    guest.width = kernel.width
    guest.pins.kernel = readAddress(of: "kernel", in: root)
    checkWidth(kernel, platform, root)
    guard !diagnostics.hasErrors else { throw Failure(diagnostics) }
    return LoadedGuest(
      guest: guest, kernel: kernel, ramdisk: ramdisk?.bytes, host: host, platform: platform, file: file,
      diagnostics: diagnostics, sources: sources)
  }

  // MARK: Platform and host

  private mutating func readPlatform(_ root: Fields) throws(Failure) -> GuestPlatform {
    guard let name = root.text("platform", &diagnostics) else {
      throw Failure(
        .error(
          "guest-platform", "the guest has no `platform`", at: root.place,
          hint: "one of \(Self.platforms.joined(separator: ", "))"))
    }
    let version = try readVersion(root)
    let generation = root.text("generation", &diagnostics)
    if let generation, name.value != "xen-ppc64" || Self.generations[generation.value] == nil {
      throw Failure(
        .error(
          "guest-platform", "`generation` is first, second or final, and for xen-ppc64 only", at: Place(generation.at)))
    }
    switch name.value {
    case "xen-arm64": return .xenArm(version)
    case "xen-arm32": return .xenArm32(version)
    case "xen-ppc64": return .xenPowerPC(generation.flatMap { Self.generations[$0.value] } ?? .final)
    case "qemu-virt": return .qemuVirt
    case "qemu-virt-riscv64": return .qemuVirtRISCV64
    default:
      throw Failure(
        .error(
          "guest-platform", "no platform is called `\(name.value)`", at: Place(name.at),
          hint: nearestName(to: name.value, among: Self.platforms).map { "did you mean `\($0)`?" }
            ?? "known are \(Self.platforms.joined(separator: ", "))"))
    }
  }

  private mutating func readVersion(_ root: Fields) throws(Failure) -> XenVersion {
    let written = root.text("xen", &diagnostics)
    if let version = options.version { return version }
    guard let written else { return .newestKnown }
    guard let version = XenVersion(written.value) else {
      throw Failure(
        .error("guest-platform", "`xen` is a version such as \"4.20\", not `\(written.value)`", at: Place(written.at)))
    }
    return version
  }

  private mutating func readHostFacts(_ root: Fields, _ platform: GuestPlatform) throws(Failure) -> HostFacts {
    var facts = HostFacts()
    guard let fields = root.fields("host", &diagnostics) else { return facts }
    fields.allow(["device-tree", "gic", "address-bits"], &diagnostics)
    if let name = fields.text("device-tree", &diagnostics) {
      let what = "the host's device tree"
      try folder.check(name.value, what: what, at: Place(name.at))
      let shown = folder.path(of: name.value)
      let bytes = try HostReader.read(shown, what: what, at: Place(name.at), &diagnostics)
      facts = try hostFacts(bytes, shown, platform)
    }
    if let gic = fields.text("gic", &diagnostics) {
      switch gic.value {
      case "v2": facts.gic = .v2
      case "v3": facts.gic = .v3
      default: throw Failure(.error("guest-host", "`gic` is v2 or v3, not `\(gic.value)`", at: Place(gic.at)))
      }
    }
    if let bits = fields.number("address-bits", &diagnostics) {
      guard (32...52).contains(bits.value) else {
        throw Failure(
          .error("guest-host", "`address-bits` is 32 to 52", at: bits.location.map { Place($0) } ?? root.place))
      }
      facts.addressBits = Int(bits.value)
    }
    return facts
  }

  private mutating func hostFacts(
    _ bytes: [UInt8], _ file: String, _ platform: GuestPlatform
  ) throws(Failure) -> HostFacts {
    var blob = bytes
    if HostReader.isBlob(bytes) {
      // Read as a whole, so that what is wrong with it is said as everywhere.
      _ = try HostReader.tree(blob: bytes, file: file)
    } else {
      blob = try compiled(bytes, file)
    }
    do throws(FlattenedTreeError) {
      return try HostFacts(reading: blob, for: platform)
    } catch {
      throw Failure(.error("tree-format", error.description, at: Place(file: file)))
    }
  }

  // MARK: Files

  /// The file of a key that is a name, or a mapping of `file` and `address`.
  private mutating func readFile(_ key: String, _ root: Fields, what: String) throws(Failure) -> BootFile? {
    guard let value = root[key] else { return nil }
    var named = root
    var nameKey = key
    if case .mapping = value.content {
      named = Fields(value, of: "`\(key)`", at: &diagnostics)
      named.allow(["file", "address"], &diagnostics)
      nameKey = "file"
    }
    guard let name = named.text(nameKey, &diagnostics) else {
      throw Failure(.error("file-missing", "`\(key)` names no file", at: value.place))
    }
    return try folder.read(name.value, what: what, at: Place(name.at))
  }

  private mutating func readAddress(of key: String, in root: Fields) -> UInt64? {
    guard let value = root[key], case .mapping = value.content else { return nil }
    return address("address", Fields(value, of: "`\(key)`", at: &diagnostics))
  }

  private mutating func readKernel(_ root: Fields, _ platform: GuestPlatform) throws(Failure) -> KernelFile {
    guard let file = try readFile("kernel", root, what: "the kernel") else {
      throw Failure(.error("file-missing", "the guest has no `kernel`", at: root.place))
    }
    do throws(KernelFile.Failure) {
      return try KernelFile(file.bytes, for: platform)
    } catch {
      throw Failure(
        .error(
          "kernel-format", "the kernel \(file.name): \(error.reason(on: platform))",
          at: root["kernel"]?.place ?? root.place))
    }
  }

  private mutating func checkWidth(_ kernel: KernelFile, _ platform: GuestPlatform, _ root: Fields) {
    let name = "\(platform.name)"
    let wanted: Guest.Width = name == "xen-arm32" ? .arm32 : .arm64
    guard kernel.width != wanted else { return }
    diagnostics.append(
      .error(
        "guest-platform",
        "the kernel runs in \(kernel.width == .arm32 ? 32 : 64)-bit mode, and the platform is \(name)",
        at: root["platform"]?.place ?? root.place))
  }

  private mutating func readRamdisk(
    _ root: Fields, into guest: inout Guest
  ) throws(Failure) -> BootFile? {
    guard let file = try readFile("ramdisk", root, what: "the ramdisk") else { return nil }
    guest.ramdiskSize = UInt64(file.bytes.count)
    guest.pins.ramdisk = readAddress(of: "ramdisk", in: root)
    return file
  }
}

extension KernelFile.Failure {
  /// Why a platform cannot start the file, for behind its name.
  func reason(on platform: GuestPlatform) -> String {
    switch self {
    case .unreadable(let fault): fault.description
    case .notPowerPC(let summary):
      "this is an ELF file (\(summary)), and \(platform.name) starts big-endian ones of 64 bits for PowerPC"
    case .uImage: "this is a uImage, which the loader of \(platform.name) does not know"
    case .noHeader: "nothing in this file says where it goes"
    }
  }
}
