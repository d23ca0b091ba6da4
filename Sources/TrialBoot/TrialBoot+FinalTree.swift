// SPDX-License-Identifier: Apache-2.0
internal import BootImages
public import BootTargets
public import Diagnostics
internal import Glibc
internal import XenSystem

extension TrialBoot {
  /// A file in memory.
  public struct Load: Sendable {
    public var address: UInt64
    public var bytes: [UInt8]

    public init(address: UInt64, bytes: [UInt8]) {
      self.address = address
      self.bytes = bytes
    }
  }

  /// Prepares a boot of a final tree as it stands. Xen is started with exactly its bytes, where QEMU would put them: Xen 2 MiB
  /// above the start of RAM, the tree 128 MiB above it, or at half of the RAM where that is lower.
  ///
  /// - Parameters:
  ///   - tree: the tree.
  ///   - xen: the Xen image's bytes.
  ///   - loads: what else is to lie in memory. Where two overlap, the later one wins; Xen and the tree win over all.
  ///   - machine: the machine; that which the tree describes, unless given.
  ///   - folder: an empty folder for the files, which the caller removes.
  /// - Throws: `host-not-qemu`, `xen-image-missing`, `trial-failed`, `tool-missing`.
  public init(
    _ tree: FinalTree, xen: [UInt8], loads: [Load], machine: QEMUCommand? = nil, folder: String
  ) throws(Failure) {
    let command: QEMUCommand
    if let machine { command = machine } else { command = try QEMUCommand(host: tree.tree, file: tree.file) }
    let image: XenImage
    do { image = try XenImage(xen) } catch {
      throw Failure(.error("xen-image-missing", "the Xen image: \(error.description)", at: Place()))
    }
    let spots = Spots(
      ram: command.ramStart, memory: command.memory, xen: UInt64(max(image.memorySize, xen.count)),
      tree: tree.blob.count)
    var memory = MemoryImage()
    for load in loads { memory.load(load.bytes, at: load.address) }
    for range in spots.all { memory.clear(range) }
    memory.load(spots.stub, at: spots.stubRange.lowerBound)
    memory.load(xen, at: spots.xenRange.lowerBound)
    memory.load(tree.blob, at: spots.treeRange.lowerBound)

    var arguments = command.arguments
    for segment in memory.segments {
      let name = String(segment.address, radix: 16)
      try Self.write(segment.bytes, to: "\(folder)/\(name)")
      arguments += ["-device", "loader,file=\(name),addr=0x\(name),force-raw=on"]
    }
    arguments += ["-device", "loader,addr=\(hex(spots.stubRange.lowerBound)),cpu-num=0"]
    self.init(
      StartedSystem(tree.tree), in: tree.tree, arguments: arguments, qemu: [try Tools.program(Tools.qemu)],
      folder: folder)
  }

  static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure(path, errno)
      }
      rest = rest.dropFirst(count)
    }
  }

  private static func failure(_ path: String, _ code: Int32) -> Failure {
    Failure(
      .error("trial-failed", "cannot write \(path): \(unsafe String(cString: strerror(code)))", at: Place()))
  }
}

/// Where Xen, the tree and the code that starts Xen lie.
private struct Spots {
  let ram: UInt64
  let stubRange: Range<UInt64>
  let xenRange: Range<UInt64>
  let treeRange: Range<UInt64>

  init(ram: UInt64, memory: UInt64, xen: UInt64, tree: Int) {
    self.ram = ram
    let xenStart = ram + (2 << 20)
    let treeStart = (ram + min(memory / 2, 128 << 20)) & ~((2 << 20) - 1)
    // QEMU puts a tree of its own at the start of RAM, 1 MiB long. Nobody reads it.
    stubRange = xenStart - 4096..<xenStart
    xenRange = xenStart..<xenStart + xen
    treeRange = treeStart..<treeStart + UInt64(tree)
  }

  var all: [Range<UInt64>] { [ram..<ram + (1 << 20), stubRange, xenRange, treeRange] }

  /// What a boot loader does last: the tree's address into x0, zero into x1 to x3, and on to Xen (Linux's booting.rst).
  var stub: [UInt8] {
    let instructions: [UInt32] = [
      0x5800_00C0,  // ldr x0, tree
      0xAA1F_03E1,  // mov x1, xzr
      0xAA1F_03E2,  // mov x2, xzr
      0xAA1F_03E3,  // mov x3, xzr
      0x5800_0084,  // ldr x4, xen
      0xD61F_0080,  // br x4
    ]
    return instructions.flatMap { Self.bytes(UInt64($0), 4) } + Self.bytes(treeRange.lowerBound, 8)
      + Self.bytes(xenRange.lowerBound, 8)
  }

  private static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }
}
