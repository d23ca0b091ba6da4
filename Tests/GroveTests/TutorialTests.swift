// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The tutorial of GuestTree: its program is short, is what the article shows, and does what the article says.
@Suite(.enabled(if: Real.isPrepared)) struct TutorialTests {
  private static let program = Real.example("first-guest/main.swift")

  @Test func theArticleShowsTheWholeProgramAndNothingElse() throws {
    let program = try String(contentsOfFile: Self.program, encoding: .utf8)
    let article = try String(contentsOfFile: Real.article("YourFirstGuest.md"), encoding: .utf8)
    let parts = article.components(separatedBy: "```swift\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
    #expect(parts.count == 4)
    #expect(parts.joined(separator: "\n") == program)
    #expect(program.split(separator: "\n", omittingEmptySubsequences: false).count <= 31)
  }

  @Test func theProgramBuildsAGuestAndBootsIt() throws {
    let work = try Workspace()
    let result = try run(
      Real.firstGuest, [Real.linux, Real.dom0Ramdisk, "console=ttyAMA0 off"], in: work.folder, within: 300)
    #expect(result.status == 0, "\(result.error)")
    let said = result.output.replacing("\r\n", with: "\n")
    for line in [
      "qemu-virt, 2 CPUs, 256 MiB, GICv3, 64-bit, 0 shared interrupts\n", "Machine model: My first guest\n",
      "DOM0 model=My first guest\n", "DOM0 cpus=2\n",
      "DOM0-DONE\n",
    ] {
      #expect(said.contains(line), "no \(line) in \(said.suffix(3000))")
    }
  }
}
