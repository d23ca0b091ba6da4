// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import BootTargets

@Suite struct UBootScriptTests {
  private let commands = UBootCommands(
    steps: [
      UBootCommands.Step(file: "xen-4.20", address: 0x4100_0000, size: 0xF8008),
      UBootCommands.Step(file: "boot.dtb", address: 0x4120_0000, size: 9000),
    ], xen: 0x4100_0000, tree: 0x4120_0000)

  @Test func theCommandsAreReadable() {
    #expect(
      commands.text == #"""
        # Loads this system and starts Xen. U-Boot reads boot.scr, which holds this text.
        setenv grove_failed

        if load ${devtype} ${devnum}:${distro_bootpart} 0x41000000 ${prefix}xen-4.20; then
          if test "${filesize}" != "f8008"; then
            echo "grove: xen-4.20 has 0x${filesize} bytes; it had 0xf8008 when this script was made"
            setenv grove_failed yes
          fi
        else
          echo "grove: xen-4.20 cannot be loaded"
          setenv grove_failed yes
        fi

        if load ${devtype} ${devnum}:${distro_bootpart} 0x41200000 ${prefix}boot.dtb; then
          if test "${filesize}" != "2328"; then
            echo "grove: boot.dtb has 0x${filesize} bytes; it had 0x2328 when this script was made"
            setenv grove_failed yes
          fi
        else
          echo "grove: boot.dtb cannot be loaded"
          setenv grove_failed yes
        fi

        if test -n "${grove_failed}"; then
          echo "grove: Xen is not started"
        else
          setenv fdt_high 0xffffffffffffffff
          setenv initrd_high 0xffffffffffffffff
          booti 0x41000000 - 0x41200000
          echo "grove: Xen could not be started"
        fi

        """#)
  }

  @Test func theCommandsAreReadBack() {
    #expect(UBootCommands(reading: commands.text) == commands)
  }

  @Test(arguments: [
    ("booti 0x41000000 - 0x41200000", ""), ("booti 0x41000000 -", "booti 0x41000000 0x1:0x2"),
    ("0x41200000 $", "41200000 $"),
    ("${prefix}boot.dtb", "boot.dtb"), ("!= \"2328\"", "= \"2328\""), ("!= \"2328\"", "!= \"size\""),
  ])
  func changedCommandsAreNotRead(text: String, other: String) {
    let changed = commands.text.replacing(text, with: other)
    #expect(changed != commands.text)
    #expect(UBootCommands(reading: changed) == nil)
  }

  @Test func theImageHoldsTheText() {
    let text = Array("echo hello\n".utf8)
    let image = UBootScript.image(of: text)
    #expect(image.count == 64 + 8 + text.count)
    #expect(Array(image[64..<72]) == [0, 0, 0, 11, 0, 0, 0, 0])
    #expect(Array(image[72...]) == text)
    #expect(UBootScript.text(in: image) == text)
  }

  @Test func aDamagedImageIsNotRead() {
    let image = UBootScript.image(of: Array("echo hello\n".utf8))
    for index in image.indices {
      var damaged = image
      damaged[index] ^= 0x40
      #expect(UBootScript.text(in: damaged) == nil, "byte \(index)")
    }
    #expect(UBootScript.text(in: Array(image.dropLast())) == nil)
    #expect(UBootScript.text(in: []) == nil)
  }

  private static let mkimage = "/usr/bin/mkimage"

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: mkimage)), arguments: [1, 1000, 70_000])
  func mkimageMakesTheSame(size: Int) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("grove-mkimage-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let text = [UInt8]((0..<size).map { UInt8(ascii: "a") + UInt8($0 % 26) })
    try Data(text).write(to: folder.appendingPathComponent("boot.cmd"))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.mkimage)
    process.currentDirectoryURL = folder
    process.arguments = ["-A", "arm64", "-T", "script", "-C", "none", "-d", "boot.cmd", "boot.scr"]
    process.environment = ["SOURCE_DATE_EPOCH": "0", "TZ": "UTC"]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try [UInt8](Data(contentsOf: folder.appendingPathComponent("boot.scr"))) == UBootScript.image(of: text))
  }
}
