// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import FlattenedTree
import GuestTree
import Testing
import XenFacts

/// The four ways of values that are known late: all give the same bytes.
@Suite struct LateTests {
  static let values: [LateValue] = [
    LateValue(.domain, 7), LateValue(.sharedInfoPage, 0x3ff_f000), LateValue(.startInfoPage, 0x3ff_b000),
    LateValue(.consolePage, 0x123_4000),
    LateValue(.consolePort, 3), LateValue(.storePage, 0x123_5000), LateValue(.storePort, 4),
    LateValue(.ramdiskStart, 0x111_0000), LateValue(.ramdiskEnd, 0x112_0000),
    LateValue(.randomSeed, bytes: (0..<128).map { UInt8($0) }),
  ].compactMap { $0 }

  enum Kind: String, CaseIterable, Sendable { case arm, powerPC, early }

  static func tree(_ kind: Kind, _ values: [LateValue] = [], leavesOut: Bool = false) throws -> GuestTree {
    var guest = Guest(cpuCount: 2, memory: 128 << 20)
    guest.bootargs = Array("quiet \"x\"".utf8)
    guest.ramdiskSize = 5000
    guest.lateValues = values
    if kind == .arm {
      return try GuestTree(
        guest, kernel: PlanTests.payload, host: PlanTests.host, platform: .xenArm(XenVersion(4, 20)),
        leavesLateOut: leavesOut)
    }
    return try GuestTree(
      guest, kernel: PowerPCTests.kernel, host: PowerPCTests.host(timebase: 33_333_333),
      platform: .xenPowerPC(kind == .early ? .second : .final), leavesLateOut: leavesOut)
  }

  @Test(arguments: Kind.allCases)
  func allFourWaysGiveTheSameBytes(_ kind: Kind) throws {
    // Given when the tree is made.
    let given = try Self.tree(kind, Self.values)
    // Overwritten in place.
    let zeros = try Self.tree(kind)
    var overwritten = zeros.blob
    try zeros.overwrite(Self.values, in: &overwritten)
    #expect(overwritten == given.blob)
    #expect(zeros.blob != given.blob)
    // Inserted into a blob that lacks them.
    let without = try Self.tree(kind, leavesOut: true)
    #expect(without.blob.count < given.blob.count)
    #expect(try zeros.inserting(Self.values, into: without.blob) == given.blob)
    // As a source with names, and lines that define them, for another compiler.
    let source = GuestTree.definitions(Self.values) + (try zeros.source(named: true))
    let parsed = parse(name: "guest.dts", bytes: source)
    // XenPPC's last generation gave its CPU the phandle 0; compilers say that and go on when told to.
    #expect(parsed.diagnostics.map(\.message) == (kind == .powerPC ? ["0x0 is no phandle"] : []))
    let compiled = try parsed.tree.blob(
      version: kind == .arm ? .v17 : .v16, layout: FlattenedTree.Layout(alignment: kind == .powerPC ? 16 : 1))
    #expect(compiled == given.blob)
  }

  @Test func aSourceWithoutNamesHasTheValuesThemselves() throws {
    let given = try Self.tree(.arm, Self.values)
    let text = String(decoding: try given.source(), as: UTF8.self)
    #expect(text.contains("linux,initrd-start = <0x0 0x1110000>;"))
    #expect(text.contains(#"bootargs = "quiet \"x\"";"#))
    let named = String(decoding: try given.source(named: true), as: UTF8.self)
    #expect(named.contains("linux,initrd-start = <GROVE_RAMDISK_START>;"))
    #expect(
      String(decoding: GuestTree.definitions(Self.values), as: UTF8.self).hasPrefix("#define GROVE_DOMAIN 0x0 0x7\n"))
  }

  @Test func aBlobOfAnotherTreeIsNotOverwritten() throws {
    let zeros = try Self.tree(.arm)
    var other = try Self.tree(.arm, leavesOut: true).blob
    let before = other
    #expect(throws: FlattenedTreeError(.noSuchProperty, at: 0)) { try zeros.overwrite(Self.values, in: &other) }
    #expect(other == before)
  }

  @Test func aValueOfTheWrongSizeIsNone() {
    #expect(LateValue(.consolePort, 1 << 32) == nil)
    #expect(LateValue(.randomSeed, 1) == nil)
    #expect(LateValue(.domain, bytes: [1]) == nil)
    #expect(LateName(Array("console-port".utf8)) == .consolePort)
    #expect(LateName(Array("port".utf8)) == nil)
  }
}
