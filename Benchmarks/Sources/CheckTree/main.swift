// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Foundation
import XenFacts
import XenRules
import XenSystem

// Parses and judges trees in process, and prints the median times. Called by Benchmarks/check.
//
// usage: CheckTree BOARD        the board, grown to 200 kB, with 8 domains: parsed and checked by every rule
//        CheckTree --all BOARD…  every board with 8 domains, in one go

func read(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

/// The board with parts of it repeated until its blob has that size, memory, and 8 domains with a kernel and a ramdisk each.
func system(on board: DeviceTree, of least: Int = 0) throws -> [UInt8] {
  var tree = board
  var copies = 0
  let parts = board.children(of: board.root).filter { !["chosen", "memory", "aliases"].contains(board[$0].baseName) }
  while try tree.blob().count < least, let part = parts.max(by: { size($0, of: board) < size($1, of: board) }) {
    copies += 1
    let holder = tree.addChild("copy-\(copies)", to: tree.root)
    tree.graft(part, of: board, under: holder)
  }
  for memory in tree.children(of: tree.root) where tree[memory].baseName == "memory" { tree.remove(memory) }
  tree.set("#address-cells", .cell(2), on: tree.root)
  tree.set("#size-cells", .cell(2), on: tree.root)
  let memory = tree.addChild("memory@8000000000", to: tree.root)
  tree.set("device_type", .string("memory"), on: memory)
  tree.set("reg", .cells([0x80, 0, 4, 0]), on: memory)
  let uart = tree.addChild("uart@7fff0000", to: tree.root)
  tree.set("reg", .cells([0, 0x7FFF_0000, 0, 0x1000]), on: uart)
  let chosen = tree.ensureChild("chosen", of: tree.root)
  tree.set("#address-cells", .cell(2), on: chosen)
  tree.set("#size-cells", .cell(2), on: chosen)
  tree.set("xen,xen-bootargs", .string("console=dtuart dtuart=/uart@7fff0000"), on: chosen)
  for number in 0..<8 as Range<UInt32> {
    let domain = tree.addChild("guest-\(number)", to: chosen)
    for (name, value) in [
      ("compatible", .string("xen,domain")), ("#address-cells", .cell(2)), ("#size-cells", .cell(2)),
      ("memory", .u64(262_144)), ("cpus", .cell(2)), ("vpl011", .empty),
    ] as [(String, PropertyValue)] {
      tree.set(name, value, on: domain)
    }
    for (kind, offset) in [("kernel", 0), ("ramdisk", 0x400_0000)] as [(String, UInt32)] {
      let address = number << 27 | offset
      let module = tree.addChild("module@80\(String(address, radix: 16))", to: domain)
      tree.set("compatible", .strings(["multiboot,\(kind)", "multiboot,module"]), on: module)
      tree.set("reg", .cells([0x80, address, 0, 0x200_0000]), on: module)
    }
  }
  return try tree.blob()
}

func size(_ node: DeviceTree.NodeID, of tree: DeviceTree) -> Int {
  tree.walk(from: node).reduce(0) { count, _ in count + 1 }
}

func judge(_ blob: [UInt8]) throws -> Int {
  let release = XenRelease(version: XenVersion(4, 20), source: .option)
  let found = check(Subject(tree: try DeviceTree(blob: blob), file: "board.dtb", release: release))
  return found.count { $0.level != .note }
}

func median(_ runs: Int, _ body: () throws -> Void) rethrows -> Double {
  var times: [Double] = []
  let clock = ContinuousClock()
  for _ in 0..<runs {
    let took = try clock.measure(body)
    times.append(Double(took.components.attoseconds) / 1e15 + Double(took.components.seconds) * 1e3)
  }
  return times.sorted()[runs / 2]
}

var arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "--all" {
  let blobs = try arguments.dropFirst().map { try system(on: DeviceTree(blob: read($0))) }
  let found = try blobs.reduce(0) { try $0 + judge($1) }
  let time = try median(5) { for blob in blobs { _ = try judge(blob) } }
  print("\(time) ms for \(blobs.count) boards with 8 domains each, \(found) faults")
} else {
  let blob = try system(on: DeviceTree(blob: read(arguments[0])), of: 200_000)
  let found = try judge(blob)
  let parsing = try median(200) { _ = try DeviceTree(blob: blob) }
  let all = try median(200) { _ = try judge(blob) }
  print("\(blob.count) bytes with 8 domains, \(found) faults: parsed in \(parsing) ms, parsed and checked in \(all) ms")
}
