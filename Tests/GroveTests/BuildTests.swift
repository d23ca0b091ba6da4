// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite(.enabled(if: Real.isPrepared)) struct BuildTests {
  @Test func theDeviceTreeFormGivesTheSameBytesAsYAML() throws {
    let work = try TwoGuests.workspace()
    #expect(try grove("build", "system.yaml", "-o", "yaml", in: work.folder).status == 0)
    let dts = try grove("build", "virt.dtb", "system.dts", "-o", "dts", in: work.folder)
    #expect(dts.status == 0, "\(dts.error)")
    #expect(try work.contents(of: "yaml") == work.contents(of: "dts"))
  }

  @Test func anotherFolderLocaleAndUmaskGiveTheSameBytes() throws {
    let first = try TwoGuests.workspace()
    let second = try TwoGuests.workspace()
    #expect(try grove("build", "system.yaml", "-o", "out", in: first.folder).status == 0)
    let other = try run(
      "/bin/sh",
      [
        "-c", "umask 077; exec \"$0\" build \"$1\" -o \"$2\"", Real.grove, second.path("system.yaml"),
        second.path("a b"),
      ],
      in: "/", environment: ["LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Asia/Tokyo"])
    #expect(other.status == 0, "\(other.error)")
    #expect(try first.contents(of: "out") == second.contents(of: "a b"))
  }

  @Test func eachTargetHasItsFilesAndTheManifestNamesThem() throws {
    let work = try TwoGuests.workspace()
    #expect(try grove("build", "system.yaml", "-o", "out", in: work.folder).status == 0)
    var files = try work.contents(of: "out")
    let manifest = try #require(files["manifest.json"])
    files["manifest.json"] = nil
    struct Manifest: Decodable {
      struct File: Decodable {
        var target: String
        var path: String
        var size: Int
        var address: String?
      }
      var files: [File]
    }
    let listed = try JSONDecoder().decode(Manifest.self, from: Data(manifest)).files
    #expect(Set(listed.map(\.path)) == Set(files.keys))
    #expect(listed.allSatisfy { files[$0.path]?.count == $0.size })
    for name in [
      "qemu/boot.dtb", "qemu/run.sh", "uboot/boot.dtb", "uboot/boot.cmd", "uboot/boot.scr",
      "uefi/EFI/BOOT/BOOTAA64.EFI",
    ] {
      #expect(files[name] != nil, "\(name) is missing")
    }
    #expect(listed.contains { $0.target == "qemu" && $0.address?.hasPrefix("0x") ?? false })
    #expect(listed.allSatisfy { $0.target != "uefi" || $0.address == nil })
  }

  @Test func oneTargetAloneIsWrittenAlone() throws {
    let work = try TwoGuests.workspace()
    #expect(try grove("build", "system.yaml", "-o", "out", "--target", "uboot", in: work.folder).status == 0)
    #expect(try Set(work.contents(of: "out").keys.map { $0.prefix { $0 != "/" } }) == ["uboot", "manifest.json"])
  }

  @Test func anOlderResultIsReplacedWhole() throws {
    let work = try TwoGuests.workspace()
    #expect(try grove("build", "system.yaml", "-o", "out", in: work.folder).status == 0)
    try work.write("system.yaml", TwoGuests.yaml.replacing("ramdisk-domB.img", with: "ramdisk-domA.img"))
    #expect(try grove("build", "system.yaml", "-o", "out", in: work.folder).status == 0)
    #expect(try !work.contents(of: "out").keys.contains { $0.hasSuffix("ramdisk-domB.img") })
    #expect(try FileManager.default.contentsOfDirectory(atPath: work.folder).filter { $0.contains("out") } == ["out"])
  }

  @Test func aFailedBuildLeavesTheOlderResult() throws {
    let work = try TwoGuests.workspace()
    #expect(try grove("build", "system.yaml", "-o", "out", in: work.folder).status == 0)
    let before = try work.contents(of: "out")
    try work.write("system.yaml", TwoGuests.yaml.replacing("128 MiB", with: "128"))
    #expect(try grove("build", "system.yaml", "-o", "out", in: work.folder).status == 1)
    #expect(try work.contents(of: "out") == before)
  }

  @Test func aFolderWithOtherFilesIsRefused() throws {
    let work = try TwoGuests.workspace()
    let refused = try grove("build", "system.yaml", "-o", ".", in: work.folder)
    #expect(refused.status == 1)
    #expect(refused.error.contains("[output-not-ours]"))
    #expect(work.exists("system.yaml"))
  }

  @Test func killedAtAnyMomentTheFolderIsOldOrNewButWhole() throws {
    let work = try TwoGuests.workspace()
    var versions: [[String: [UInt8]]] = []
    for memory in ["128 MiB", "256 MiB"] {
      try work.write("\(memory.prefix(3)).yaml", TwoGuests.yaml.replacing("128 MiB", with: memory))
      #expect(try grove("build", "\(memory.prefix(3)).yaml", "-o", "out", in: work.folder).status == 0)
      versions.append(try work.contents(of: "out"))
    }
    var killed = 0
    for round in 0..<24 {
      // The delays span the whole life of a build, loading, writing and exchanging.
      let delay = String(format: "%.3f", Double(round) * 0.012)
      let name = round % 2 == 0 ? "128.yaml" : "256.yaml"
      let end = try run(
        "/bin/sh",
        [
          "-c", "\"$0\" build \"$1\" -o out & pid=$!; sleep \(delay); kill -9 $pid 2>/dev/null; wait $pid", Real.grove,
          name,
        ],
        in: work.folder)
      if end.status != 0 { killed += 1 }
      let contents = try work.contents(of: "out")
      #expect(versions.contains(contents), "round \(round) left a mixture")
    }
    #expect(killed > 0)
    // The next whole build clears away what the killed ones left beside the folder.
    #expect(try grove("build", "128.yaml", "-o", "out", in: work.folder).status == 0)
    let left = try FileManager.default.contentsOfDirectory(atPath: work.folder).filter { $0.contains("out") }
    #expect(left == ["out"])
  }

  @Test func thirtyModulesBuildAndThirtyOneAreRefused() throws {
    let work = try TwoGuests.workspace()
    func description(_ guests: Int, extra: String) throws -> String {
      var text = TwoGuests.yaml.components(separatedBy: "  - name: domA")[0]
      for index in 0..<guests {
        try work.write("k\(index)", try work.read("kernel"))
        try work.write("r\(index)", "ramdisk \(index)")
        text += "  - {name: dom\(index), kernel: k\(index), ramdisk: r\(index), memory: 32 MiB}\n"
      }
      return text + extra
    }
    try work.write("30.yaml", try description(15, extra: ""))
    let thirty = try grove("build", "30.yaml", "-o", "out", in: work.folder)
    #expect(thirty.status == 0, "\(thirty.error)")
    try work.write("31.yaml", try description(15, extra: "  - {name: last, kernel: kernel, memory: 32 MiB}\n"))
    let refused = try grove("build", "31.yaml", "-o", "none", in: work.folder)
    #expect(refused.status == 1)
    #expect(
      refused.error.contains(
        "31 boot modules, but Xen keeps 32 in all, itself and the tree among them: last's kernel is the first one that it would drop [too-many-modules]"
      ), "\(refused.error)")
    #expect(!work.exists("none"))
  }

  @Test func aKernelGrownOverAnEdgeStillPlaces() throws {
    let work = try TwoGuests.workspace()
    let kernel = try work.read("kernel")
    for size in [(2 << 20) - 1, 2 << 20, (2 << 20) + 1] {
      try work.write("kernel", kernel + [UInt8](repeating: 0, count: size - kernel.count))
      let built = try grove("build", "system.yaml", "-o", "out", in: work.folder)
      #expect(built.status == 0, "\(built.error)")
      #expect(try grove("check", "out/qemu/boot.dtb", "out/uboot/boot.dtb", in: work.folder).status == 0)
    }
  }

  @Test func mapShowsTheWholeBankWithoutHolesOrOverlaps() throws {
    let work = try TwoGuests.workspace()
    let map = try grove("map", "system.yaml", "--target", "qemu", in: work.folder)
    #expect(map.status == 0, "\(map.error)")
    let rows = map.output.split(separator: "\n").filter { $0.hasPrefix("    0x") }
    var end = "0x0040000000"
    for row in rows {
      let words = row.split(separator: " ")
      #expect(words[0] == end)
      end = String(words[1])
    }
    #expect(end == "0x00c0000000")
    #expect(map.output.contains("domA's kernel kernel (for domA's kernel, domB's kernel)"))
  }
}
