// SPDX-License-Identifier: Apache-2.0
import BootLog
import DeviceTree
import Diagnostics
import Foundation
import Testing
import XenFacts

@testable import BootTargets
@testable import TrialBoot

@Suite struct MemoryImageTests {
  private func image(_ loads: (UInt64, [UInt8])...) -> MemoryImage {
    var image = MemoryImage()
    for (address, bytes) in loads { image.load(bytes, at: address) }
    return image
  }

  private func shown(_ image: MemoryImage) -> [String] { image.segments.map { "\($0.address): \($0.bytes)" } }

  @Test func theLaterOfTwoWins() {
    #expect(shown(image((10, [1, 1, 1, 1]), (12, [2, 2, 2]))) == ["10: [1, 1, 2, 2, 2]"])
    #expect(shown(image((12, [2, 2, 2]), (10, [1, 1, 1, 1]))) == ["10: [1, 1, 1, 1, 2]"])
    #expect(shown(image((10, [1, 1, 1, 1]), (11, [2]))) == ["10: [1, 2, 1, 1]"])
  }

  @Test func oneMayMeetSeveral() {
    #expect(shown(image((10, [1, 1]), (14, [3, 3]), (11, [2, 2, 2, 2]))) == ["10: [1, 2, 2, 2, 2, 3]"])
  }

  @Test func neighboursStayApart() {
    #expect(shown(image((12, [2]), (10, [1, 1]), (20, []))) == ["10: [1, 1]", "12: [2]"])
  }

  @Test func whatLiesInTheWayIsLeftOut() {
    var image = image((10, [1, 2, 3, 4, 5]))
    image.clear(12..<13)
    #expect(shown(image) == ["10: [1, 2]", "13: [4, 5]"])
    image.clear(0..<100)
    #expect(image.segments.isEmpty)
  }

  @Test func theLastAddressIsNotPassed() {
    var image = MemoryImage()
    let isLoaded = image.load([1, 2], at: .max)
    #expect(!isLoaded)
    #expect(image.segments.isEmpty)
  }
}

@Suite struct FinalTreeTests {
  private func tree(reg: PropertyValue?, compatible: [String] = ["multiboot,kernel", "multiboot,module"]) -> FinalTree {
    var tree = DeviceTree()
    let chosen = tree.addChild("chosen", to: tree.root)
    tree.set("#address-cells", .cell(2), on: chosen)
    tree.set("#size-cells", .cell(1), on: chosen)
    let domain = tree.addChild("domA", to: chosen)
    let module = tree.addChild("module", to: domain)
    tree.set("compatible", .strings(compatible), on: module)
    if let reg { tree.set("reg", reg, on: module) }
    return FinalTree(tree, blob: [], file: "x.dtb")
  }

  /// The domain has no cells of its own: Xen takes those of /chosen.
  @Test func cellsAreInherited() {
    let module = tree(reg: .cells([1, 2, 3])).modules.first
    #expect(module?.address == 0x1_0000_0002)
    #expect(module?.size == 3)
    #expect(module?.domain == "domA")
    #expect(module?.kind == .kernel)
  }

  @Test func aWrongModuleIsReadAsFarAsItGoes() {
    #expect(tree(reg: .cells([1, 2])).modules.first?.size == nil)
    #expect(tree(reg: .cells([1, 2])).modules.first?.address == 0x1_0000_0002)
    #expect(tree(reg: .cells([1])).modules.first?.address == nil)
    #expect(tree(reg: nil).modules.count == 1)
    #expect(tree(reg: nil, compatible: ["something"]).modules.isEmpty)
  }

  @Test func onlyATreeWithAddressesIsLoadable() {
    #expect(tree(reg: .cells([0, 0x5000_0000, 3])).isLoadable)
    #expect(!tree(reg: nil).isLoadable)
    var named = tree(reg: .cells([0, 0x5000_0000, 3]))
    if let node = named.tree.node(at: "/chosen/domA/module") {
      named.tree.set("xen,uefi-binary", .string("Image"), on: node)
    }
    #expect(!named.isLoadable)
  }
}

@Suite struct VerdictTests {
  private func line(_ name: String, _ text: String) -> TrialBoot.Line {
    TrialBoot.Line(name: name, speaker: name == "xen" ? .xen : .guest(id: 1), text: text, raw: [], seconds: 0)
  }

  private func verdict(_ end: Outcome.End, _ lines: TrialBoot.Line...) -> String {
    Verdict(Outcome(end: end, seconds: 1, met: [], missed: [], silent: []), lines).text
  }

  @Test func eachEndHasItsVerdict() {
    #expect(verdict(.still) == "silent")
    #expect(verdict(.exited(status: 0, message: "")) == "silent")
    #expect(verdict(.still, line("xen", "Freed"), line("xen", " ")) == "hangs after: Freed")
    #expect(verdict(.succeeded, line("domA", "PROBE-DONE")) == "boots")
    #expect(verdict(.panic(["no", "kernel"])) == "panics: no kernel")
    #expect(verdict(.guestPanic(name: "domA", "x")) == "domA fails: x")
    #expect(verdict(.succeeded, line("domA", "PROBE-FAULT esr=1")) == "domA fails: PROBE-FAULT esr=1")
    #expect(
      verdict(.succeeded, line("domA", "[ 1.5] Kernel panic - not syncing: x"))
        == "domA fails: [ 1.5] Kernel panic - not syncing: x")
  }

  @Test func thePanicOfXenComesBeforeTheFaultOfAGuest() {
    #expect(verdict(.panic(["x"]), line("domA", "PROBE-FAULT esr=1")) == "panics: x")
  }
}

@Suite struct StillnessTests {
  @Test func aMachineThatWorksAndSaysNothingIsGivenUp() throws {
    let sample = try BuiltSample(program: "while :; do :; done")
    let outcome = try sample.trial().run(timeout: 120, firstPatience: 0.3) { _ in }
    #expect(outcome.end == .still)
    #expect(outcome.summary.hasPrefix("printed nothing: domA, domB\nended after "))
    #expect(outcome.summary.hasSuffix(": nothing more was printed\n"))
  }

  @Test func aMachineThatIsInterruptedEnds() throws {
    let sample = try BuiltSample(program: "echo hello; sleep 100")
    var hasSpoken = false
    let outcome = try sample.trial().run(timeout: 120, isInterrupted: { hasSpoken }) { _ in hasSpoken = true }
    #expect(outcome.end == .timeout)
    #expect(outcome.seconds < 60)
  }
}
