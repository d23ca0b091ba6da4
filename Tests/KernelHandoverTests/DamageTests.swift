// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import KernelHandover
import Testing

/// Trees of which nothing is certain.
struct DamageTests {
  /// Changed in one byte after the other: each is read or refused, and what is read gives a tree that can be written or is refused.
  @Test func noTreeIsATrap() throws {
    let sample = try Sample(
      chosen: "linux,initrd-start = <0 0x44000000>; linux,initrd-end = <0 0x44001000>; kaslr-seed = <1 2>;",
      reservations: "/memreserve/ 0x44000000 0x1000; /memreserve/ 0xffffffffffff0000 0xffff;")
    let blob = try sample.tree.blob()
    var next = NextKernel()
    next.ramdisk = 0x4800_0000..<0x4810_0001
    next.crash = NextKernel.Crash(memory: [0x4800_0000..<0x5000_0000], coreHeader: 0x4ff0_0000..<0x4ff0_1000)
    next.reservations = [0xffff_ffff_ffff_0000..<0xffff_ffff_ffff_ffff]
    next.releases = [0x4400_0000..<0x4400_1000]
    next.bootCPU = 0
    var handed = 0
    var refused = 0
    for at in blob.indices {
      for value in [0, 0x7f, 0xff] as [UInt8] where value != blob[at] {
        var damaged = blob
        damaged[at] = value
        guard let tree = try? DeviceTree(blob: damaged) else { continue }
        do throws(Failure) {
          let handover = try Handover(from: tree, to: next, file: "fdt")
          handed += (try? handover.tree.blob()) == nil ? 0 : 1
        } catch {
          #expect(error.diagnostics.hasErrors)
          refused += 1
        }
      }
    }
    #expect(handed > 500 && refused > 100, "\(handed) \(refused)")
  }
}
