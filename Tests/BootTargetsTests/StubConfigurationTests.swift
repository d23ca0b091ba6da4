// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import BootTargets

@Suite struct StubConfigurationTests {
  private func tree(_ text: String) -> String? { StubConfiguration(reading: Array(text.utf8))?.tree }

  @Test func itNamesTheTreeAndNothingElse() {
    let configuration = StubConfiguration(tree: "boot.dtb")
    #expect(configuration.text == "[global]\ndefault=xen\n\n[xen]\ndtb=boot.dtb\n")
    #expect(tree(configuration.text) == "boot.dtb")
  }

  @Test(arguments: [
    ("[global]\r\ndefault=xen\r\n[xen]\r\ndtb=a b\r\n", "a"), ("[global]\ndefault=xen\n[xen]\n  dtb=  a#b\n", "a"),
    ("[global]\ndefault=x\n[x]\nother=1\tdtb=a\n", "a"), ("[global]\ndefault=x\n[x]\ndtb=a\ndtb=b\n", "a"),
    ("[y]\ndtb=c\n[global]\ndefault=x\n[x]\ndtb=a\n", "a"),
  ])
  func itIsReadAsTheStubReadsIt(text: String, name: String) {
    #expect(tree(text) == name)
  }

  @Test(arguments: [
    "[xen]\ndtb=a\n", "[global]\ndefault=xen\n[xen]\ndtb =a\n", "[global]\ndefault=xen\n[xen]\n#dtb=a\n",
    "[global]\ndefault=xen\n[xen]\ndtb=a\noptions=console=dtuart\n", "[global]\ndefault=xen\n[xen]\ndtb=a\nkernel=k\n",
    "[global]\ndefault=xen\n[xen]\n[xen]\ndtb=a\n", "\u{FEFF}[global]\ndefault=xen\n[xen]\ndtb=a\n",
  ])
  func whatTheStubWouldNotFindIsNotFound(text: String) {
    #expect(tree(text) == nil)
  }
}
