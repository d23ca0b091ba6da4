// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The C face, used from C and from Python, and held to what `grove guest` says.
@Suite(.enabled(if: Real.isPrepared)) struct LibgroveTests {
  private func workspace() throws -> Workspace {
    let work = try Workspace()
    try work.copy(Real.probe, as: "probe.Image")
    try work.write(
      "guest.yaml",
      """
      grove: 1
      platform: xen-arm64
      xen: "4.20"
      kernel: probe.Image
      bootargs: name=c
      memory: 64 MiB
      cpus: 2
      console: vpl011

      """)
    #expect(try grove("guest", "tree", "guest.yaml", "-o", "swift.dtb", in: work.folder).status == 0)
    return work
  }

  @Test func aToolstackInCPlansTheSameGuest() throws {
    let work = try workspace()
    let compiled = try run(
      "/usr/bin/env",
      [
        "gcc", "-std=c11", "-O1", "-fsanitize=address,undefined", "-Wall", "-Wextra", "-Werror", "-I", Real.libgrove,
        "-o",
        work.path("guest"), Real.toolstackTest("guest.c"), "-L", Real.libgrove, "-lgrove",
        "-Wl,-rpath," + Real.libgrove,
      ])
    #expect(compiled.status == 0, "\(compiled.error)")
    let result = try run(work.path("guest"), [work.path("probe.Image"), work.path("c.dtb")])
    #expect(result.status == 0, "\(result.error)")
    let size = try work.read("probe.Image").count
    let tree = try work.read("c.dtb")
    #expect(
      result.output == """
        refused: the guest has no RAM
        refused: two things lie over each other, which the hypervisor takes without a word (0x3001000)
        ram 0x40000000 0x4000000
        load kernel 0+\(size) at 0x40000000
        load tree 0+\(tree.count) at 0x43fff000
        register pc 0x40000000
        register x0 0x43fff000
        register x1 0x0
        register x2 0x0
        register x3 0x0
        register cpsr 0x1c5
        register sctlr 0xc50078
        page console 0x39000000
        page store 0x39001000
        page memory-access 0x39002000
        page vuart 0x39003000
        bootargs name=c, 7 bytes
        model XENVM-4.20
        refused: the additions to the tree say what follows from the guest's description

        """)
    #expect(try tree == work.read("swift.dtb"))
  }

  @Test func aToolstackInPythonPlansTheSameGuest() throws {
    let work = try workspace()
    let result = try run(
      "/usr/bin/env",
      [
        "python3", Real.toolstackTest("guest.py"), Real.libgrove + "/libgrove.so", work.path("probe.Image"),
        work.path("p.dtb"),
      ])
    #expect(result.status == 0, "\(result.error)")
    #expect(try work.read("p.dtb") == work.read("swift.dtb"))
  }

  @Test func additionsAreTheSameFromPython() throws {
    let work = try workspace()
    try work.write("own.dts", "/dts-v1/; / { own-node { answer = <42>; }; };\n")
    #expect(try grove("dts", "compile", "own.dts", "-o", "own.dtb", in: work.folder).status == 0)
    try work.write("own.yaml", try work.text("guest.yaml") + "model: From Python\nadditions: own.dts\n")
    #expect(try grove("guest", "tree", "own.yaml", "-o", "swift.dtb", in: work.folder).status == 0)
    let result = try run(
      "/usr/bin/env",
      [
        "python3", Real.toolstackTest("guest.py"), Real.libgrove + "/libgrove.so", work.path("probe.Image"),
        work.path("p.dtb"), work.path("own.dtb"),
      ])
    #expect(result.status == 0, "\(result.error)")
    #expect(try work.read("p.dtb") == work.read("swift.dtb"))
  }

  @Test func theLibraryNeedsNothingButC() throws {
    let needed = try run("/usr/bin/env", ["readelf", "-d", Real.libgrove + "/libgrove.so.1"]).output
      .split(separator: "\n").filter { $0.contains("(NEEDED)") }
    #expect(needed.allSatisfy { $0.contains("libc.so") || $0.contains("libm.so") }, "\(needed)")
  }
}
