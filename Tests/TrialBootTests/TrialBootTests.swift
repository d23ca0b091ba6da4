// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Foundation
import Testing

@testable import BootTargets
@testable import TrialBoot

@Suite struct TrialBootTests {
  /// What a Xen with two guests writes. The program goes on after it.
  private static let boot = #"""
    echo $$ > ../pid
    printf '(XEN) Xen version 4.17.5 (somebody) Mon\n(XEN) DOM1: hello from A\n(XEN) DOM2: hello from B\n'
    """#
  private static let stays = boot + "\nexec sleep 1000"

  private func run(
    _ sample: BuiltSample, timeout: Double = 30, _ expectations: [String] = []
  ) throws -> (outcome: Outcome, output: String) {
    var output: [UInt8] = []
    let outcome = try sample.trial().run(timeout: timeout, expect: expectations.map { try Expectation($0) }) { line in
      output += line.output(raw: false)
    }
    return (outcome, String(decoding: output, as: UTF8.self))
  }

  /// Whether the program that played QEMU is still there.
  private func isRunning(_ sample: BuiltSample) throws -> Bool {
    let text = try String(contentsOfFile: sample.path + "/out/pid", encoding: .utf8)
    let process = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    return kill(process, 0) == 0
  }

  // MARK: How it ends

  @Test func itEndsWhenAllExpectationsAreMet() throws {
    let sample = try BuiltSample(program: Self.stays)
    let (outcome, output) = try run(sample, ["domB=from B$", "xen=4\\.17"])
    #expect(outcome.end == .succeeded)
    #expect(outcome.met.map(\.expectation.text) == ["xen=4\\.17", "domB=from B$"])
    #expect(
      output == """
        xen| Xen version 4.17.5 (somebody) Mon
        domA| hello from A
        domB| hello from B

        """)
    #expect(try !isRunning(sample))
  }

  @Test func withoutExpectationsEverybodyHasToSpeak() throws {
    let sample = try BuiltSample(program: Self.stays)
    #expect(try run(sample).outcome.end == .succeeded)
    #expect(try !isRunning(sample))
  }

  @Test func itEndsWhenTheTimeIsOver() throws {
    let sample = try BuiltSample(program: Self.stays)
    let outcome = try run(sample, timeout: 0.5, ["domA=goodbye"]).outcome
    #expect(outcome.end == .timeout)
    #expect(outcome.missed.map(\.text) == ["domA=goodbye"])
    #expect(try !isRunning(sample))
  }

  @Test func itEndsWithQEMU() throws {
    let sample = try BuiltSample(program: "echo 'qemu: no such machine' >&2\nexit 3")
    let outcome = try run(sample).outcome
    #expect(outcome.end == .exited(status: 3, message: "qemu: no such machine"))
    #expect(outcome.silent == ["domA", "domB"])
  }

  @Test func itEndsWithAPanic() throws {
    let panic = #"printf '(XEN) Panic on CPU 0:\n(XEN) Could not set up domain domA\n(XEN) ****************\n'"#
    let sample = try BuiltSample(program: Self.boot + "\n\(panic)\nexec sleep 1000")
    let outcome = try run(sample, ["domA=goodbye"]).outcome
    #expect(outcome.end == .panic(["Could not set up domain domA"]))
    #expect(try !isRunning(sample))
  }

  @Test func aPromptWithoutAnEndOfLineIsSeen() throws {
    let sample = try BuiltSample(program: Self.boot + "\nprintf '(XEN) DOM2: login: '\nexec sleep 1000")
    let (outcome, output) = try run(sample, ["domB=^login:"])
    #expect(outcome.end == .succeeded)
    #expect(output.hasSuffix("domB| login: \n"))
  }

  @Test func muchOutputIsNoTrouble() throws {
    let sample = try BuiltSample(
      program: Self.boot
        + "\ni=0; while [ $i -lt 20000 ]; do echo '(XEN) DOM1: a line that is repeated'; i=$((i+1)); done; echo '(XEN) DOM1: end'"
    )
    let (outcome, output) = try run(sample, ["domA=^end"])
    #expect(outcome.end == .succeeded)
    #expect(output.count > 20_000 * 30)
  }

  @Test func rawBytesAreThereOnRequest() throws {
    let sample = try BuiltSample(
      program: Self.boot + "\nprintf '(XEN) DOM1: \\033[31mred\\n(XEN) DOM1: end\\n'\nexec sleep 1000")
    var lines: [TrialBoot.Line] = []
    _ = try sample.trial().run(expect: [try Expectation("domA=^end")]) { lines.append($0) }
    let red = try #require(lines.first { $0.text.contains("red") })
    #expect(red.output(raw: true) == Array("domA| \u{1B}[31mred\n".utf8))
    #expect(!red.output(raw: false).contains(0x1B))
  }

  @Test func itsArgumentsAndItsFolderReachIt() throws {
    let sample = try BuiltSample(program: "cat Image | wc -c >&2\nprintf '%s\\n' \"$@\" >&2")
    guard case .exited(0, let message) = try run(sample).outcome.end else {
      Issue.record("it did not end by itself")
      return
    }
    #expect(
      message == """
        4; -machine; virt,acpi=off,virtualization=on,gic-version=3; -cpu; cortex-a72; -smp; 1; -m; 1024M; -nic; none; \
        -display; none; -no-reboot; -serial; stdio; -monitor; none; -kernel; xen; -dtb; boot.dtb; -device; \
        loader,file=Image,addr=0x40400000,force-raw=on
        """)
  }

  /// Whoever starts a trial may be killed; QEMU goes with it.
  @Test func qemuDoesNotOutliveItsOwner() async throws {
    let result = await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
      let sample = try BuiltSample(program: "echo $$ > ../pid\necho started\nexec sleep 1000")
      print(sample.path, terminator: "")
      fflush(nil)
      _ = try sample.trial().run(timeout: 30) { _ in kill(getpid(), SIGKILL) }
    }
    let path = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
    try #require(path.contains("grove-trial-"))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let text = try String(contentsOfFile: path + "/out/pid", encoding: .utf8)
    let process = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    // Whoever takes in orphans has to fetch it before its number is free.
    for _ in 0..<500 where kill(process, 0) == 0 && !isZombie(process) { usleep(10_000) }
    #expect(kill(process, 0) != 0 || isZombie(process))
  }

  private func isZombie(_ process: pid_t) -> Bool {
    let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    return status?.contains("State:\tZ") ?? false
  }

  // MARK: What is refused

  @Test func anExpectationOfNobodyIsRefused() throws {
    let sample = try BuiltSample()
    #expect(
      failure { _ = try run(sample, ["domC=x", "login=x"]) } == """
        error: no domain is called domC; there are domA, domB, xen, firmware [unknown-domain]
          hint: did you mean domA?
        error: no domain is called login; there are domA, domB, xen, firmware [unknown-domain]

        """)
  }

  @Test func aProgramThatIsNotThereEndsAtOnce() throws {
    let sample = try BuiltSample()
    let trial = try TrialBoot(folder: sample.folder, target: .qemu, command: ["/nowhere/qemu"])
    guard case .exited(127, let message) = try trial.run(onLine: { _ in }).end else {
      Issue.record("it ended otherwise")
      return
    }
    #expect(message.contains("not found"))
  }

  @Test func aToolThatIsNotThereIsNamedWithItsPackage() {
    let tool = Tools.Tool(variable: "GROVE_NO_SUCH", standard: "/nowhere/u-boot.bin", package: "u-boot-qemu")
    let message = """
      error: /nowhere/u-boot.bin is not there, and a trial boot needs it [tool-missing]
        hint: on Debian: apt-get install u-boot-qemu; or name another one by the environment variable GROVE_NO_SUCH

      """
    #expect(failure { _ = try Tools.file(tool) } == message)
    #expect(failure { _ = try Tools.program(tool) } == message)
    let program = Tools.Tool(variable: "GROVE_NO_SUCH", standard: "no-such-qemu", package: "qemu-system-arm")
    #expect(failure { _ = try Tools.program(program) }.hasPrefix("error: no-such-qemu is not there"))
  }
}
