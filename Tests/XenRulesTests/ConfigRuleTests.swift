// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Foundation
import SystemFiles
import Testing
import XenRules
import XenSystem

/// Each rule on configuration files of Xen's UEFI stub, with its exact message.
@Suite struct ConfigRuleTests {
  private func messages(
    _ text: String, tree: DeviceTree? = nil, without missing: Set<String> = []
  ) -> String {
    let subject = ConfigSubject(
      UEFIConfig(Array(text.utf8)), file: "xen.cfg", firmwareTree: tree, hasFile: { !missing.contains($0) })
    return check(subject).map { diagnostic in
      "\(diagnostic.place): \(diagnostic.level.rawValue): \(diagnostic.message) [\(diagnostic.rule)]"
        + (diagnostic.hint.map { "\n  hint: \($0)" } ?? "")
    }.joined(separator: "\n")
  }

  private let good =
    "[global]\ndefault=xen\n\n[xen]\noptions=console=dtuart\nkernel=Image console=hvc0 # dom0\ndtb=a.dtb\n"

  /// The files that are booted as well.
  @Test(arguments: Rule.all.filter { !$0.readsTrees && !$0.effects.isEmpty }.map(\.name))
  func aBootedFileFiresItsRule(_ name: String) throws {
    let file = RuleFixtureTests.folder.appendingPathComponent("\(name)/bad.cfg")
    let handedOver = file.deletingPathExtension().appendingPathExtension("firmware.dtso").path
    var firmware: DeviceTree?
    if FileManager.default.fileExists(atPath: handedOver) {
      var tree = DeviceTree()
      _ = tree.addChild("chosen", to: tree.root)
      try tree.apply(overlay: loadTreeWithLabels(handedOver).tree, named: "bad.firmware.dtso")
      firmware = tree
    }
    let subject = ConfigSubject(
      UEFIConfig(Array(try Data(contentsOf: file))), file: "bad.cfg", firmwareTree: firmware,
      hasFile: { ["tree.dtb", "Image"].contains($0.trimmingCharacters(in: .whitespaces)) })
    #expect(check(subject).contains { $0.rule == name })
  }

  @Test func aGoodFileIsSilent() {
    #expect(messages(good) == "")
    #expect(messages(good.replacing("\n", with: "\r\n")) == "")
    #expect(messages("kernel=Image\n") == "")
  }

  @Test func xenCfgBlank() {
    #expect(
      messages(good + "ramdisk=rd.img \n")
        == "xen.cfg:8:1: warning: the value of ramdisk is \"rd.img \", with a blank at its end [xen-cfg-blank]")
  }

  @Test func xenCfgCut() {
    #expect(
      messages(good.replacing("dtuart\n", with: "dtuart#0 loglvl=all\n"))
        == "xen.cfg:5:1: warning: the value of options ends at the #, as \"console=dtuart\" [xen-cfg-cut]")
    #expect(
      messages(good.replacing("dtuart\n", with: "dtuart\tdom0_mem=1G\n"))
        == """
        xen.cfg:5:1: warning: the value of options ends at the tab, as "console=dtuart" [xen-cfg-cut]
        xen.cfg:5:24: warning: Xen reads no key dom0_mem [xen-cfg-line]
        """)
    #expect(messages(good.replacing("dtuart\n", with: "dtuart\t\n")) == "")
  }

  @Test func xenCfgEncoding() {
    #expect(
      messages("\u{feff}[global]\n" + good)
        == """
        xen.cfg:1:1: error: the file begins with a byte order mark, so that Xen does not read its first line [xen-cfg-encoding]
          hint: save it as UTF-8 without a mark
        xen.cfg:1:1: warning: Xen does not read the line "\u{feff}[global]" [xen-cfg-line]
        """)
  }

  @Test func xenCfgFile() {
    #expect(
      messages(good, without: ["Image"])
        == "xen.cfg:6:1: error: kernel names Image, and there is no such file [xen-cfg-file]")
    #expect(messages(good + "xsm=\n") == "xen.cfg:8:1: error: xsm names no file [xen-cfg-file]")
  }

  @Test func xenCfgKernel() {
    #expect(
      messages("[global]\ndefault=xen\n[xen]\noptions=x\n")
        == "xen.cfg:3:1: error: the section [xen] has neither kernel nor dtb [xen-cfg-kernel]")
    #expect(messages("[global]\ndefault=xen\nchain=other.cfg\n[xen]\noptions=x\n") == "")
    #expect(messages("") == "xen.cfg: error: the file has neither kernel nor dtb [xen-cfg-kernel]")
  }

  @Test func xenCfgLastLine() {
    #expect(
      messages(String(good.dropLast()))
        == "xen.cfg:7:1: note: the last line has no newline at its end [xen-cfg-last-line]")
  }

  @Test func xenCfgLine() {
    #expect(
      messages(good + "ramdisk =rd.img\nkernal=x\nbinary=domA/Image\ndefault=y\nword\n")
        == """
        xen.cfg:8:1: error: Xen does not read ramdisk, as a blank stands before the = [xen-cfg-line]
          hint: write ramdisk= without a blank
        xen.cfg:9:1: warning: Xen reads no key kernal [xen-cfg-line]
          hint: did you mean kernel?
        xen.cfg:10:1: warning: Xen reads no key binary [xen-cfg-line]
          hint: name the file with xen,uefi-binary in the device tree, at the module of its guest
        xen.cfg:11:1: warning: Xen reads default in [global], not in [xen] [xen-cfg-line]
        xen.cfg:12:1: warning: Xen does not read the line "word" [xen-cfg-line]
        """)
    #expect(
      messages(good.replacing("default=xen\n", with: "default=xen\nkernel=x\n"))
        == "xen.cfg:3:1: warning: Xen reads kernel in the section that is started, not in [global] [xen-cfg-line]")
  }

  @Test func xenCfgSection() {
    #expect(
      messages(good.replacing("default=xen", with: "default=xne"))
        == """
        xen.cfg:2:1: error: default asks for the section [xne], which is not there [xen-cfg-section]
          hint: did you mean xen?
        """)
    #expect(
      messages(good + "[xen]\ndtb=b\n")
        == "xen.cfg:8:1: warning: Xen does not read this section, as there is another [xen] [xen-cfg-section]")
  }

  @Test func xenCfgTwice() {
    #expect(
      messages(good + "dtb=b.dtb\n")
        == "xen.cfg:8:1: warning: Xen does not read this dtb, as the section has another one [xen-cfg-twice]")
  }

  @Test func uefiConfigIgnored() {
    var tree = DeviceTree()
    let chosen = tree.addChild("chosen", to: tree.root)
    let module = tree.addChild("module@50000000", to: chosen)
    tree.set("compatible", .strings(["multiboot,kernel", "multiboot,module"]), on: module)
    #expect(
      messages(good, tree: tree)
        == """
        xen.cfg: error: Xen does not read this file, as the firmware's tree has the module /chosen/module@50000000 \
        [uefi-config-ignored]
          hint: put the empty property xen,uefi-cfg-load into the tree's /chosen
        """)
    tree.set("xen,uefi-cfg-load", .empty, on: chosen)
    #expect(messages(good, tree: tree) == "")
  }

  /// A configuration as it was proposed in 2021, with the files of guests in it.
  @Test func theProposalOf2021() {
    let text = """
      [global]
      default=xen

      [xen]
      options=console=vga,com1 com1=57600
      kernel=Image console=hvc0
      ramdisk=initrd.img
      binary=domA/Image
      binary=domB/Image
      dtb=system.dtb

      """
    #expect(
      messages(text)
        == """
        xen.cfg:8:1: warning: Xen reads no key binary [xen-cfg-line]
          hint: name the file with xen,uefi-binary in the device tree, at the module of its guest
        xen.cfg:9:1: warning: Xen reads no key binary [xen-cfg-line]
          hint: name the file with xen,uefi-binary in the device tree, at the module of its guest
        """)
  }

  @Test func everyRuleHereIsListed() {
    let names = Rule.all.map(\.name)
    #expect(Set(["xen-cfg-line", "xen-cfg-file", "uefi-config-ignored"]).isSubset(of: names))
  }
}
