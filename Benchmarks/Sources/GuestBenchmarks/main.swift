// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import GuestTree
import XenFacts

// Building a guest's tree, addresses and all, beside writing the same nodes and properties when all of them are known: with our
// own writer and with libfdt.

struct Case {
  var name: String
  var guest: Guest
  var kernel = GuestLayout.Kernel.image(textOffset: 0, size: 0x80_0000, memory: 0x80_0000)
  var host = HostFacts(gic: .v3, cpuCompatible: Array("arm,cortex-a57\0".utf8))
  var platform: GuestPlatform
  var layout = GuestTree.BlobLayout.standard

  func build() throws -> GuestTree {
    try GuestTree(guest, kernel: kernel, host: host, platform: platform, blobLayout: layout)
  }
}

func guest(cpus: Int, devices: Int = 0) -> Guest {
  var guest = Guest(cpuCount: cpus, memory: 512 << 20)
  guest.bootargs = Array("console=hvc0 root=/dev/xvda1 ro quiet".utf8)
  guest.ramdiskSize = 1_032_432
  guest.hasVPL011 = true
  guest.devices = (0..<devices).map { Guest.Device($0 % 3 == 2 ? .virtio(0x22) : .disk, backend: UInt32($0 % 2)) }
  return guest
}

/// A host with a PPC970: a CPU with a cache.
func powerPCHost() throws -> HostFacts {
  var writer = FlattenedTreeWriter()
  try writer.beginNode("")
  try writer.beginNode("cpus")
  try writer.beginNode("PowerPC,970@0")
  try writer.property("device_type", Array("cpu\0".utf8))
  for name in ["reg", "timebase-frequency", "clock-frequency", "d-cache-line-size", "i-cache-line-size"] {
    try writer.property(name, [0, 0, 0, 0])
  }
  try writer.beginNode("l2-cache")
  try writer.property("cache-unified", [])
  try writer.endNode()
  try writer.endNode()
  try writer.endNode()
  try writer.endNode()
  return HostFacts(gic: .v2, cpuCompatible: [], tree: try writer.finish())
}

/// A partial tree with a device.
func fragment() throws -> [UInt8] {
  var writer = FlattenedTreeWriter()
  try writer.beginNode("")
  try writer.beginNode("passthrough")
  try writer.property("compatible", Array("simple-bus\0".utf8))
  for name in ["ranges", "#address-cells", "#size-cells"] { try writer.property(name, [0, 0, 0, 2]) }
  try writer.beginNode("pl031@9010000")
  for name in ["interrupts", "reg", "compatible", "clocks", "clock-names"] {
    try writer.property(name, [0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4])
  }
  try writer.endNode()
  try writer.endNode()
  try writer.endNode()
  return try writer.finish()
}

func cases() throws -> [Case] {
  let xen = GuestPlatform.xenArm(XenVersion(4, 20))
  var result: [Case] = []
  for cpus in [1, 8, 128] {
    for devices in [0, 11] {
      result.append(
        Case(
          name: "xen-arm64, \(cpus) vCPUs, \(devices) devices", guest: guest(cpus: cpus, devices: devices),
          platform: xen))
    }
  }
  var passing = guest(cpus: 4)
  passing.fragment = try fragment()
  result.append(Case(name: "xen-arm64, 4 vCPUs, partial tree", guest: passing, platform: xen))
  var libfdt = result[2]
  libfdt.name += ", laid out as libfdt does"
  libfdt.layout = .libfdt
  result.append(libfdt)
  libfdt = result[4]
  libfdt.name += ", laid out as libfdt does"
  libfdt.layout = .libfdt
  result.append(libfdt)
  for cpus in [1, 8, 128] {
    result.append(
      Case(name: "dom0less, \(cpus) vCPUs", guest: guest(cpus: cpus), platform: .dom0less(XenVersion(4, 20))))
  }
  var narrow = guest(cpus: 4)
  narrow.width = .arm32
  result.append(
    Case(
      name: "xen-arm32, 4 vCPUs", guest: narrow, kernel: .anywhere(size: 0x40_0000),
      platform: .xenArm32(XenVersion(4, 20))))
  result.append(Case(name: "qemu-virt, 4 vCPUs", guest: guest(cpus: 4), platform: .qemuVirt))
  result.append(
    Case(name: "qemu-virt-riscv64, 4 vCPUs", guest: guest(cpus: 4), platform: .qemuVirtRISCV64))
  let program = GuestLayout.Kernel.program(
    GuestLayout.Program(segments: [.init(file: 0..<0x30_0000, memory: 0..<0x40_0000)], entry: 0))
  for (name, generation) in [("", PowerPCGeneration.final), (" of December 2006", .second)] {
    result.append(
      Case(
        name: "xen-ppc64\(name), 4 vCPUs", guest: guest(cpus: 4), kernel: program, host: try powerPCHost(),
        platform: .xenPowerPC(generation)))
  }
  return result
}

func benchmark(_ one: Case) throws {
  let made = try one.build()
  let recording = try Recording(made.blob, version: one.platform.blob.version)
  guard recording.writeWithLibfdt() > 0, recording.writeAsLibxl() > 0 else { fatalError("libfdt: \(one.name)") }
  let times = try leastTimes([
    { try one.build().blob.count }, { try recording.write() }, { recording.writeWithLibfdt() },
    { recording.writeAsLibxl() },
  ])
  let columns =
    ["\(made.blob.count)"] + times.map(microseconds) + (1...3).map { ratio(times[0] / times[$0]) }
  print(one.name.padded(48) + columns.map { $0.right(10) }.joined())
}

/// What one thing more costs, from the difference of two sizes.
func slope(_ title: String, _ counts: [Int], _ make: (Int) -> Case) throws {
  print("\n" + title)
  let made = counts.map(make)
  let recordings = try made.map { try Recording($0.build().blob, version: .v17) }
  let times = try leastTimes(made.map { one in { try one.build().blob.count } })
  let written = try leastTimes(recordings.map { recording in { try recording.write() } })
  let theirs = try leastTimes(recordings.map { recording in { recording.writeWithLibfdt() } })
  for index in counts.indices {
    let each = [times, written, theirs].map { all -> String in
      guard index > 0 else { return "" }
      return ratio((all[index] - all[index - 1]) * 1e9 / Double(counts[index] - counts[index - 1]))
    }
    let columns = [times[index], written[index], theirs[index]].map(microseconds) + each
    print("\(counts[index])".right(8) + columns.map { $0.right(12) }.joined())
  }
}

print("Least times of one run, in µs; libfdt is Debian's shared library, called from C compiled with optimisation.\n")
print(
  "".padded(48)
    + ["bytes", "GuestTree", "writer", "libfdt", "as libxl", "/ writer", "/ libfdt", "/ libxl"].map { $0.right(10) }
    .joined())
let chosen = CommandLine.arguments.dropFirst()
for one in try cases() where chosen.isEmpty || chosen.contains(where: { one.name.hasPrefix($0) }) { try benchmark(one) }
if chosen.isEmpty {
  let xen = GuestPlatform.xenArm(XenVersion(4, 20))
  let making = try leastTimes([
    { GuestPlatform.xenArm(XenVersion(4, 20)).root.children.count },
    {
      // Its templates are there already.
      var platform = xen
      platform.root.isHole = false
      return platform.root.children.count
    },
  ])
  print(
    "\nmaking the platform xen-arm64: \(microseconds(making[0])) µs, of which its steps \(microseconds(making[1])) µs")
  let head = "    size   GuestTree µs   writer µs   libfdt µs  |  ns for each one more: GuestTree, writer, libfdt"
  try slope("vCPUs of a xen-arm64 guest\n" + head, [1, 16, 64, 256, 1024, 4096]) {
    Case(name: "", guest: guest(cpus: $0), platform: xen)
  }
  try slope("virtio devices of a xen-arm64 guest\n" + head, [0, 11, 100, 1000, 4000]) {
    Case(name: "", guest: guest(cpus: 1, devices: $0), platform: xen)
  }
}
