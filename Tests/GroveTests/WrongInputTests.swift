// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Every wrong input gives one clear message with its position, exit 1 and no output.
@Suite(.enabled(if: Real.isPrepared)) struct WrongInputTests {
  struct Case: CustomTestStringConvertible {
    var name: String
    /// Changes the good description.
    var change: @Sendable (String) -> String
    /// Makes files that the change needs.
    var prepare: @Sendable (Workspace) throws -> Void = { _ in }
    var message: String
    var testDescription: String { name }
  }

  static func replacing(_ old: String, _ new: String) -> @Sendable (String) -> String {
    { $0.replacing(old, with: new, maxReplacements: 1) }
  }

  static let cases: [Case] = [
    Case(
      name: "missing file", change: replacing("kernel: kernel", "kernel: vmlinux"),
      message: """
        system.yaml:9:13: error: domA's kernel vmlinux does not exist [file-missing]
            9 |     kernel: vmlinux
              |             ^~~~~~~

        """),
    Case(
      name: "truncated device tree", change: replacing("virt.dtb", "cut.dtb"),
      prepare: { work in try work.write("cut.dtb", Array(try work.read("virt.dtb").prefix(1000))) },
      message: "cut.dtb: error: the file ends before the device tree does (at byte 1000) [tree-format]\n"),
    Case(
      name: "memory without unit", change: replacing("128 MiB", "128"),
      message: """
        system.yaml:12:13: error: the memory of domA is `128` without a unit [memory-unit]
           12 |     memory: 128
              |             ^~~
          hint: write `128 KiB`, `128 MiB` or `128 GiB`

        """),
    Case(
      name: "memory larger than the machine", change: replacing("128 MiB", "1 TiB"),
      message: """
        system.yaml:12:13: error: domA asks for 1024 GiB, but the host has 2 GiB of RAM [memory-over-ram]
           12 |     memory: 1 TiB
              |             ^~~~~

        """),
    Case(
      name: "typo in a key", change: replacing("ramdisk: ramdisk-domA", "randisk: ramdisk-domA"),
      message: """
        system.yaml:10:5: error: unknown key `randisk` in a domain [unknown-key]
           10 |     randisk: ramdisk-domA.img
              |     ^~~~~~~
          hint: did you mean `ramdisk`?

        """),
    Case(
      name: "tab in YAML", change: replacing("    kernel: kernel", "\tkernel: kernel"),
      message: """
        system.yaml:9:1: error: found a tab character that violates indentation while scanning a plain scalar [yaml-syntax]
            9 | \tkernel: kernel
              | ^

        """),
    Case(
      name: "alias bomb",
      change: { _ in
        "grove: 1\na: &a [x, x]\n"
          + (0..<30).map { "a\($0): &a\($0) [\($0 == 0 ? "*a, *a" : "*a\($0 - 1), *a\($0 - 1)")]\n" }.joined()
      },
      message: """
        system.yaml:13:12: error: more than 20 YAML aliases [yaml-limit]
           13 | a10: &a10 [*a9, *a9]
              |            ^

        """),
    Case(
      name: "two domains of one name", change: replacing("- name: domB", "- name: domA"),
      message: """
        system.yaml:14:11: error: two domains are called domA [duplicate-domain-name]
           14 |   - name: domA
              |           ^~~~
        system.yaml:8:11: note: the first one is here
            8 |   - name: domA
              |           ^~~~

        """),
    Case(
      name: "kernel that is an ELF", change: replacing("kernel: kernel", "kernel: vmlinux"),
      prepare: { work in
        try work.write(
          "vmlinux",
          [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 11) + [0xB7, 0]
            + [UInt8](repeating: 0, count: 100))
      },
      message: "ELF"),
    Case(
      name: "path outside the folder", change: replacing("kernel: kernel", "kernel: ../kernel"),
      message: """
        system.yaml:9:13: error: domA's kernel ../kernel is outside the description's folder [file-outside]
            9 |     kernel: ../kernel
              |             ^~~~~~~~~
          hint: copy the file beside the description, or write `allow-outside: true` in it

        """),
    Case(
      name: "absolute path", change: replacing("kernel: kernel", "kernel: /etc/hostname"),
      message: "domA's kernel /etc/hostname is outside the description's folder [file-outside]"),
    Case(
      name: "empty file", change: { _ in "" },
      message: "system.yaml: error: the description is empty [description-empty]\n"),
    Case(
      name: "directory as a kernel", change: replacing("kernel: kernel", "kernel: sub"),
      prepare: { work in
        try FileManager.default.createDirectory(atPath: work.path("sub"), withIntermediateDirectories: true)
      },
      message: """
        system.yaml:9:13: error: domA's kernel sub is a directory [file-missing]
            9 |     kernel: sub
              |             ^~~

        """),
    Case(
      name: "/dev/zero as a kernel",
      change: {
        $0.replacing("kernel: kernel", with: "kernel: /dev/zero", maxReplacements: 1) + "allow-outside: true\n"
      },
      message: """
        system.yaml:9:13: error: domA's kernel /dev/zero is not a regular file [file-missing]
            9 |     kernel: /dev/zero
              |             ^~~~~~~~~

        """),
    Case(
      name: "empty kernel", change: replacing("kernel: kernel", "kernel: nothing"),
      prepare: { work in try work.write("nothing", "") }, message: "nothing: "),
    Case(
      name: "a kernel as Xen", change: replacing("image: xen", "image: kernel"), message: "[xen-image]"),
    Case(
      name: "not UTF-8", change: { $0 }, prepare: { work in try work.write("system.yaml", [0xFF, 0xFE, 0x00, 0x41]) },
      message: "system.yaml: error: the description is not UTF-8 text [yaml-syntax]\n"),
    Case(
      name: "deep nesting", change: { _ in String(repeating: "[", count: 100_000) }, message: "[yaml-syntax]"),
    Case(
      name: "no domains", change: { $0.components(separatedBy: "domains:")[0] },
      message: "system.yaml:1:1: error: the description names no domain [no-domains]"),
  ]

  @Test(arguments: cases)
  func aWrongDescriptionGivesOneClearMessage(_ wrong: Case) throws {
    let work = try TwoGuests.workspace()
    try work.write("system.yaml", wrong.change(TwoGuests.yaml))
    try wrong.prepare(work)
    let run = try grove("build", "system.yaml", "-o", "out", in: work.folder)
    #expect(run.status == 1)
    #expect(run.output == "")
    #expect(run.error.contains(wrong.message), "\(run.error)")
    #expect(run.error.components(separatedBy: " error: ").count == 2, "one message, not: \(run.error)")
    #expect(!work.exists("out"))
  }

  @Test(arguments: ["missing.yaml", "/dev/zero", "/", "missing.dts"])
  func aSystemThatIsNoFileIsRefused(_ name: String) throws {
    let run = try grove("build", name, "-o", "/nonexistent/out")
    #expect(run.status == 1)
    #expect(run.error.components(separatedBy: "error: ").count == 2)
  }

  @Test(arguments: [0, 1, 3, 39, 40, 100, 5000])
  func aHostTreeCutAnywhereIsRefused(_ length: Int) throws {
    let work = try TwoGuests.workspace()
    try work.write("virt.dtb", Array(try work.read("virt.dtb").prefix(length)))
    let run = try grove("build", "system.yaml", "-o", "out", in: work.folder)
    #expect(run.status == 1)
    #expect(run.error.contains("error: "))
    #expect(!work.exists("out"))
  }
}
