// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import GuestTree
import Testing

/// Both forms of what a paravirtual guest learns when it starts.
@Suite struct BootInformationTests {
  /// Each field with a value of its own.
  private static let sample: BootInformation = {
    var sample = BootInformation()
    sample.magic = Array("xen-3.0-x86_64".utf8)
    sample.pageCount = 0x11
    sample.sharedInfo = 0x12
    sample.flags = 0x13
    sample.storePage = 0x14
    sample.storePort = 0x15
    sample.consolePage = 0x16
    sample.consolePort = 0x17
    sample.pageTables = 0x18
    sample.pageTableFrames = 0x19
    sample.pageList = 0x1a
    sample.moduleStart = 0x1b
    sample.moduleSize = 0x1c
    sample.commandLine = Array("quiet".utf8)
    sample.pageListStart = 0x1d
    sample.pageListFrames = 0x1e
    return sample
  }()

  /// Offsets by C's `offsetof` in Xen's header (64 bits), and by the sizes of its types (32 bits).
  private static let offsets: [BootInformation.Format.Word: [UInt8: Int]] = [
    .eight: [
      0x11: 32, 0x12: 40, 0x13: 48, 0x14: 56, 0x15: 64, 0x16: 72, 0x17: 80, 0x18: 88, 0x19: 96, 0x1a: 104, 0x1b: 112,
      0x1c: 120, 0x1d: 1152, 0x1e: 1160,
    ],
    .four: [
      0x11: 32, 0x12: 36, 0x13: 40, 0x14: 44, 0x15: 48, 0x16: 52, 0x17: 56, 0x18: 60, 0x19: 64, 0x1a: 68, 0x1b: 72,
      0x1c: 76, 0x1d: 1104, 0x1e: 1108,
    ],
  ]

  @Test(arguments: [
    BootInformation.Format.x86Narrow, .x86Wide, .ia64, .powerPC64, BootInformation.Format(.big, .four),
  ])
  func fieldsAreWhereCPutsThem(_ format: BootInformation.Format) throws {
    let bytes = try Self.sample.structBytes(format)
    #expect(bytes.count == (format.word == .eight ? 1168 : 1112))
    for (value, offset) in try #require(Self.offsets[format.word]) {
      let isCell = [0x13, 0x15, 0x17].contains(value)
      let size = isCell ? 4 : format.word.rawValue
      #expect(bytes[format.order == .little ? offset : offset + size - 1] == value, "\(String(value, radix: 16))")
    }
    let line = format.word == .eight ? 128 : 80
    #expect(Array(bytes[line..<(line + 6)]) == Array("quiet\0".utf8))
    #expect(try BootInformation(structBytes: bytes, format) == Self.sample)
  }

  @Test func whatIsNoStructureIsAnError() throws {
    let bytes = try Self.sample.structBytes(.x86Wide)
    #expect(throws: BootInformation.Failure.tooShort(1167)) {
      try BootInformation(structBytes: Array(bytes.dropLast()), .x86Wide)
    }
    #expect(throws: BootInformation.Failure.tooShort(0)) { try BootInformation(structBytes: [], .x86Wide) }
    var endless = bytes
    endless.replaceSubrange(128..<1152, with: repeatElement(65, count: 1024))
    #expect(throws: BootInformation.Failure.textWithoutEnd) { try BootInformation(structBytes: endless, .x86Wide) }
  }

  @Test func whatHasNoRoomIsAnError() {
    var sample = Self.sample
    sample.commandLine = Array(repeating: 65, count: 1024)
    #expect(throws: BootInformation.Failure.textTooLong(1024, limit: 1023)) { try sample.structBytes(.x86Wide) }
    sample = Self.sample
    sample.pageCount = 1 << 32
    #expect(throws: BootInformation.Failure.numberTooLarge(1 << 32)) { try sample.structBytes(.x86Narrow) }
    #expect(throws: Never.self) { try sample.structBytes(.x86Wide) }
  }

  // MARK: One source, two forms

  @Test(arguments: [nil, 0x10_0001] as [UInt64?])
  func theTreeAndTheStructureSayTheSame(_ ramdisk: UInt64?) throws {
    let plan = try PowerPCTests.plan(512, cpus: 4, ramdisk: ramdisk)
    let source = BootInformation(plan.tree)
    #expect(source.pageCount == 0x2_0000 && source.sharedInfo == 0x3ff_f000)
    #expect(source.consolePage == 0x3ffe && source.storePage == 0x3ffd)
    #expect(source.consolePort == 1 && source.storePort == 2)
    #expect(source.commandLine == Array("console=hvc0".utf8))
    #expect(source.moduleSize == (ramdisk == nil ? 0 : 0x10_1000))

    let read = try BootInformation(structBytes: source.structBytes(.powerPC64), .powerPC64)
    var told = try BootInformation(tree: plan.tree.blob)
    told.magic = Array("xen-3.0-powerpc64HV".utf8)
    #expect(read == told)
    #expect(read == source)
  }

  @Test func lateValuesReachBothForms() throws {
    let early = try PowerPCTests.plan(64) { $0.lateValues = [] }
    let values = [LateValue(.consolePort, 7), LateValue(.storePage, 0x123_4000)].compactMap { $0 }
    var blob = early.tree.blob
    try early.tree.overwrite(values, in: &blob)
    let plan = try PowerPCTests.plan(64) { $0.lateValues = values }
    var told = try BootInformation(tree: blob)
    told.magic = BootInformation(plan.tree).magic
    #expect(told == BootInformation(plan.tree))
    #expect(told.storePage == 0x1234 && told.consolePort == 7)
  }

  // MARK: The page

  @Test(arguments: [PowerPCGeneration.first, .second])
  func inTheOlderGenerationsThePageIsLoaded(_ generation: PowerPCGeneration) throws {
    let plan = try PowerPCTests.plan(512, ramdisk: 4096, generation: generation) {
      $0.lateValues = [LateValue(.storePort, 2)].compactMap { $0 }
    }
    let bytes = try #require(plan.startInfo)
    #expect(
      plan.loads.contains(
        .init(input: .startInfo, source: 0..<UInt64(bytes.count), memory: 0x3ff_c000..<0x3ff_d000)))
    let read = try BootInformation(structBytes: bytes, .powerPC64)
    #expect(read == BootInformation(plan.tree))
    #expect(read.magic == Array("xen-3.0-powerpc64HV".utf8))
    #expect(read.moduleStart == 0x180_0000 && read.moduleSize == 4096)
    #expect(read.storePage == 0x3ffe && read.consolePage == 0x3ffd)
    let slots = plan.lateSlots.filter { $0.input == .startInfo }
    #expect(
      slots.map { "\($0.name.text) \($0.offset) \($0.isKnown)" } == ["store-port 64 true", "console-port 80 false"])
    #expect(plan.text.contains("\nstill to be written into the start-info page\n  console-port, 4 bytes at 80\n"))
    #expect(
      plan.json().contains(
        "{\"name\": \"console-port\", \"offset\": 80, \"size\": 4, \"known\": false, \"input\": \"start-info\"}"))
  }

  @Test func inTheLastGenerationTheTreeIsEnough() throws {
    let plan = try PowerPCTests.plan(64)
    #expect(plan.startInfo == nil && plan.loads.allSatisfy { $0.input != .startInfo })
  }

  @Test func aCommandLineWithoutRoomIsRefused() {
    let error = #expect(throws: GuestPlan.Failure.self) {
      try PowerPCTests.plan(64, generation: .second) { $0.bootargs = Array(repeating: 97, count: 1024) }
    }
    #expect(error == .refused([.commandLineTooLong(1024, limit: 1023)]))
    // Where there is no page, there is no limit.
    #expect(throws: Never.self) {
      try PowerPCTests.plan(64) { $0.bootargs = Array(repeating: 97, count: 1024) }
    }
  }

  // MARK: Versions of the format

  @Test(arguments: FlattenedTree.Version.allCases)
  func aTreeIsWrittenInEveryVersion(_ version: FlattenedTree.Version) throws {
    let newest = try PlanTests.plan { $0.ramdiskSize = 5000 }
    var platform = newest.tree.platform
    platform.blob.version = version
    let plan = try PlanTests.plan(platform: platform) { $0.ramdiskSize = 5000 }
    #expect(plan.tree.blob[23] == UInt8(version.rawValue))
    // Early versions have the node's own name as a property.
    let lines = try listing(plan.tree.blob).filter { !$0.contains(": name = ") }
    #expect(lines == (try listing(newest.tree.blob)))
    #expect(plan.loads.last { $0.input == .tree }?.source.upperBound == UInt64(plan.tree.blob.count))
    // Late values find their places.
    let seed = try #require(LateValue(.randomSeed, bytes: (0..<128).map { UInt8($0) }))
    var blob = plan.tree.blob
    try plan.tree.overwrite([seed], in: &blob)
    let given = try PlanTests.plan(platform: platform) {
      $0.ramdiskSize = 5000
      $0.lateValues = [seed]
    }
    #expect(blob == given.tree.blob)
  }
}
