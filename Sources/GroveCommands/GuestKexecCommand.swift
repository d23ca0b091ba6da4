// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics
internal import KernelHandover
internal import SystemFiles

struct GuestKexecCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kexec", abstract: "Make the tree for the next kernel out of a running kernel's.",
    discussion: """
      For kexec --dtb and other loaders that start a kernel from a running one. The machine stays as it is told; what /chosen holds for the \
      running kernel alone (its ramdisk, its random seeds, its part in a crash) goes, and each is said. TREE is /sys/firmware/fdt, a copy of it, a \
      source, or a directory such as /proc/device-tree; - is standard input. Addresses and sizes are numbers such as 0x48000000 or 4194304. \
      END is the first address behind. A blob when OUT ends in .dtb or --format says so, otherwise a source.
      """)

  @Argument(help: "The tree that the running kernel was started with.")
  var tree: String

  @Option(help: ArgumentHelp("The next kernel's command line; left out, it stays as it is.", valueName: "text"))
  var bootargs: String?

  @Option(
    help: ArgumentHelp(
      "Where the loader puts the next kernel's ramdisk; kexec-tools decides it itself.",
      valueName: "file@address|start-end|start+size"))
  var ramdisk: String?

  @Option(
    help: ArgumentHelp(
      "Memory that the next kernel shall leave alone. May be given several times.", valueName: "start+size|start-end"))
  var reserve: [AddressRange] = []

  @Option(
    help: ArgumentHelp(
      "A memory reservation that is for nothing any more. May be given several times.",
      valueName: "start+size|start-end"))
  var removeReserve: [AddressRange] = []

  @Option(
    help: ArgumentHelp(
      "The next kernel waits for a crash of the running one in this memory, and uses no other. May be given twice.",
      valueName: "start-end|start+size"))
  var crash: [AddressRange] = []

  @Option(
    name: .customLong("elfcorehdr"),
    help: ArgumentHelp(
      "With --crash: where the description of the crashed kernel's memory will be.", valueName: "start+size|start-end"))
  var coreHeader: AddressRange?

  @Option(name: .customLong("boot-cpu"), help: ArgumentHelp("The reg of the CPU that goes on.", valueName: "number"))
  var bootCPU: AddressNumber?

  @Flag(
    name: .customLong("forget-uefi"), help: "Do not tell of the UEFI firmware: the next kernel takes RAM from the tree."
  )
  var forgetsFirmware = false

  @OptionGroup var output: TreeOutput

  func validate() throws {
    if coreHeader != nil, crash.isEmpty { throw ValidationError("--elfcorehdr is for a kernel with --crash") }
    if let bootCPU, UInt32(exactly: bootCPU.value) == nil {
      throw ValidationError("--boot-cpu takes a number of 32 bits")
    }
    if tree == "-", ramdisk?.hasPrefix("-@") == true { throw ValidationError("standard input can be read only once") }
    if let ramdisk, RamdiskPlace(ramdisk) == nil {
      throw ValidationError(
        "--ramdisk takes FILE@ADDRESS, START-END or START+SIZE, such as initrd.gz@0x48000000, not '\(ramdisk)'")
    }
  }

  func run() throws {
    let loaded = try Output.reporting(tree) { try loadTree(tree) }
    Output.diagnostics(loaded.diagnostics, sources: loaded.sources)
    if InputFile.isDirectory(tree) {
      Output.diagnostics(
        [
          Diagnostic(
            .note, rule: "kexec-reservation",
            "a directory does not hold the tree's memory reservations; /sys/firmware/fdt does", at: Place(file: tree))
        ], sources: [])
    }
    try Output.reporting(tree, sources: loaded.sources) {
      var next = NextKernel()
      next.bootargs = bootargs
      next.ramdisk = try ramdisk.flatMap { RamdiskPlace($0) }?.range()
      next.reservations = reserve.map(\.range)
      next.releases = removeReserve.map(\.range)
      if !crash.isEmpty {
        next.crash = NextKernel.Crash(memory: crash.map(\.range), coreHeader: coreHeader?.range)
      }
      next.bootCPU = bootCPU.flatMap { UInt32(exactly: $0.value) }
      next.forgetsFirmware = forgetsFirmware
      let handover = try Handover(from: loaded.tree, to: next, file: tree)
      Output.diagnostics(handover.diagnostics, sources: loaded.sources)
      try output.write(blob: { try handover.tree.blob() }, source: { handover.tree.sourceText() })
    }
  }
}

/// `FILE@ADDRESS`, or where it is.
private enum RamdiskPlace {
  case file(String, UInt64)
  case known(AddressRange)

  init?(_ text: String) {
    if let range = AddressRange(argument: text) {
      self = .known(range)
      return
    }
    guard let at = text.lastIndex(of: "@"), at != text.startIndex,
      let address = AddressNumber(argument: String(text[text.index(after: at)...]))
    else { return nil }
    self = .file(String(text[..<at]), address.value)
  }

  func range() throws(Failure) -> Range<UInt64> {
    switch self {
    case .known(let range): return range.range
    case .file(let name, let address):
      let size = UInt64(try InputFile.read(name, what: "the ramdisk", at: Place(file: name)).count)
      let (end, overflow) = address.addingReportingOverflow(size)
      guard !overflow else {
        throw Failure(
          .error(
            "kexec-ramdisk", "the ramdisk of \(size) bytes at \(hex(address)) goes past the last address",
            at: Place(file: name)))
      }
      return address..<end
    }
  }
}
