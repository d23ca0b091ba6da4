// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `grove check` on the configuration of Xen's UEFI stub.
@Suite struct ConfigurationTests {
  private let tree = """
    /dts-v1/;
    / {
      #address-cells = <2>;
      #size-cells = <2>;
      memory@40000000 { device_type = "memory"; reg = <0x0 0x40000000 0x0 0x80000000>; };
      pl011@9000000 { compatible = "arm,pl011"; reg = <0x0 0x9000000 0x0 0x1000>; };
      chosen {
        stdout-path = "/pl011@9000000";
        domA {
          compatible = "xen,domain";
          #address-cells = <2>;
          #size-cells = <2>;
          memory = <0x0 0x20000>;
          vpl011;
          cpus = <1>;
          kernel { compatible = "multiboot,kernel", "multiboot,module"; xen,uefi-binary = "Image"; };
        };
      };
    };

    """

  private func workspace(_ configuration: String) throws -> Workspace {
    let work = try Workspace()
    try work.write("xen.cfg", configuration)
    try work.write("boot.dtb", tree)
    try work.write("vmlinuz", "no kernel")
    return work
  }

  private func check(_ files: String..., in work: Workspace) throws -> (status: Int32, output: String) {
    let run = try run(Real.grove, ["check", "--xen", "4.20"] + files, in: work.folder)
    return (run.status, run.output + run.error)
  }

  @Test func theTreeThatItNamesIsJudgedWithWhatItAdds() throws {
    let work = try workspace(
      "[global]\ndefault=xen\n[xen]\noptions=console=dtuart dtuart=/pl011@9000000\ndtb=boot.dtb\n")
    #expect(try check("xen.cfg", in: work) == (0, "0 errors, 0 warnings; judged for Xen 4.20, given by --xen\n"))
    try work.write("boot.dtb", tree.replacingOccurrences(of: "cpus = <1>;", with: ""))
    let wrong = try check("xen.cfg", in: work)
    #expect(wrong.status == 1)
    #expect(wrong.output.contains("boot.dtb:9:5: error: domA has no cpus [cpus-missing]"))
  }

  @Test func itsOwnLinesAreJudged() throws {
    let work = try workspace("[global]\ndefault=xen\n[xen]\nkernal=vmlinuz\ndtb=lost.dtb\n")
    let run = try check("xen.cfg", in: work)
    #expect(run.status == 1)
    #expect(run.output.contains("xen.cfg:4:1: warning: Xen reads no key kernal [xen-cfg-line]"))
    #expect(run.output.contains("    4 | kernal=vmlinuz\n"))
    #expect(run.output.contains("xen.cfg:5:1: error: dtb names lost.dtb, and there is no such file [xen-cfg-file]"))
  }

  @Test func aTreeBesideItIsTheFirmwares() throws {
    let work = try workspace("[global]\ndefault=xen\n[xen]\nkernel=vmlinuz\n")
    let run = try check("--system", "xen.cfg", "boot.dtb", in: work)
    #expect(run.status == 1)
    #expect(
      run.output.hasPrefix(
        "xen.cfg: error: Xen does not read this file, as the firmware's tree has the module /chosen/domA/kernel"))
  }

  /// The firmware's tree decides whether the file is read at all, whatever tree the file names.
  @Test func theFirmwaresTreeComesBeforeTheNamedOne() throws {
    let work = try workspace("[global]\ndefault=xen\n[xen]\ndtb=boot.dtb\n")
    #expect(try check("--system", "xen.cfg", "boot.dtb", in: work).status == 0)
    try work.write(
      "firmware.dts",
      "/dts-v1/;\n/ { chosen { module@50000000 { compatible = \"multiboot,module\"; reg = <0x50000000 0x1000>; }; }; };\n"
    )
    let run = try check("--system", "xen.cfg", "firmware.dts", in: work)
    #expect(run.status == 1)
    #expect(
      run.output.hasPrefix(
        "xen.cfg: error: Xen does not read this file, as the firmware's tree has the module /chosen/module@50000000"))
  }

  @Test func aCommentAllowsWithAReason() throws {
    let work = try workspace(
      "[global]\ndefault=xen\n[xen]\n# grove: allow xen-cfg-line: read by our own loader\nslot=1\ndtb=boot.dtb\n")
    let run = try check("xen.cfg", in: work)
    #expect(run.output == "0 errors, 0 warnings, 1 allowed; judged for Xen 4.20, given by --xen\n")
  }
}
