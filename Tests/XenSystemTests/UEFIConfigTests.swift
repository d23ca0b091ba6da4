// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing
import XenSystem

/// How Xen's UEFI stub reads its configuration.
@Suite struct UEFIConfigTests {
  private func config(_ text: String) -> UEFIConfig { UEFIConfig(Array(text.utf8)) }

  @Test func theDefaultSectionIsReadAndTheFirstKeyCounts() {
    let config = config("[global]\ndefault=b\n[a]\nkernel=one\n[b]\nkernel=two args\nkernel=three\n")
    #expect(config.defaultSection == "b")
    #expect(config.value(of: "kernel", in: "b")?.value == "two args")
    #expect(config.value(of: "kernel", in: "b")?.line.line == 6)
    #expect(config.value(of: "kernel", in: "c") == nil)
  }

  @Test func onlyTheFirstSectionOfANameIsSearched() {
    let config = config("[a]\nkernel=one\n[b]\n[a]\ndtb=two\n")
    #expect(config.value(of: "dtb", in: "a") == nil)
  }

  @Test func withoutASectionHeadersCountForNothing() {
    let config = config("[a]\nkernel=one\n[b]\ndtb=two\n")
    #expect(config.value(of: "dtb", in: nil)?.value == "two")
  }

  @Test func blanksBeforeAKeyAndAValueAreLeftOutAndOthersAreKept() {
    let config = config("  kernel=  Image  a \nramdisk =x\n")
    #expect(config.value(of: "kernel", in: nil)?.value == "Image  a ")
    #expect(config.value(of: "ramdisk", in: nil) == nil)
    #expect(config.value(of: "ramdisk ", in: nil)?.value == "x")
  }

  @Test func commentsAndTabsEndAValue() {
    let config = config("; kernel=no\nkernel=a#b\n# dtb=no\noptions=x\tdtb=yes\n")
    #expect(config.value(of: "kernel", in: nil)?.value == "a")
    #expect(config.value(of: "kernel", in: nil)?.line.end == .comment)
    #expect(config.value(of: "options", in: nil)?.line.end == .tab)
    // What follows the tab is a line of its own.
    #expect(config.value(of: "dtb", in: nil)?.value == "yes")
    #expect(config.value(of: "dtb", in: nil)?.line.column == 11)
  }

  @Test func carriageReturnsAreHarmless() {
    let config = config("[global]\r\ndefault=a\r\n[a]\r\ndtb=x\r\n")
    #expect(config.value(of: "dtb", in: config.defaultSection)?.value == "x")
    #expect(config.value(of: "dtb", in: "a")?.line.line == 4)
    #expect(!config.lacksLastNewline)
  }

  @Test func marksAndMissingNewlinesAreSeen() {
    #expect(UEFIConfig([0xEF, 0xBB, 0xBF] + Array("dtb=x\n".utf8)).hasByteOrderMark)
    #expect(config("dtb=x").lacksLastNewline)
    #expect(!config("").lacksLastNewline)
  }

  @Test func whatALineIsNotStaysWhole() {
    #expect(config("[open\nword\n").lines.map(\.content) == [.other("[open"), .other("word")])
  }

  @Test func theTreeGetsWhatTheSectionSays() throws {
    let config = config(
      "[global]\ndefault=xen\n[xen]\noptions=console=dtuart\nkernel=Image  root=/dev/vda\nramdisk=rd.img\nxsm=p\n")
    let tree = config.applied(to: DeviceTree(), section: "xen", file: "xen.cfg")
    let chosen = try #require(tree.node(at: "/chosen"))
    #expect(tree[chosen, "xen,xen-bootargs"]?.string == " console=dtuart")
    let kernel = try #require(tree.node(at: "/chosen/kernel"))
    #expect(tree[kernel, "xen,uefi-binary"]?.string == "Image")
    #expect(tree[kernel, "bootargs"]?.string == "root=/dev/vda")
    #expect(tree[kernel, "compatible"]?.strings == ["multiboot,kernel", "multiboot,module"])
    #expect(tree[kernel].location?.line == 5)
    #expect(tree.children(of: chosen).map { tree[$0].name } == ["kernel", "ramdisk", "xsm"])
  }

  /// Any bytes at all are read, and every cut of a file.
  @Test func nothingTraps() {
    let text = Array("[global]\ndefault=b ; \n\t#[a]=\n[b]\nkernel=a#\u{7f}b\n=\n[\n]".utf8)
    for end in 0...text.count {
      for byte: UInt8 in [0, 9, 10, 32, 35, 59, 61, 91, 93, 127, 255] {
        let config = UEFIConfig(Array(text[..<end]) + [byte] + Array(text[end...]))
        #expect(config.lines.allSatisfy { $0.line >= 1 && $0.column >= 1 && $0.endColumn >= $0.column })
      }
    }
  }
}
