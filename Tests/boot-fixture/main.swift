// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Foundation
import RuleFixtures
import TrialBoot

// Called by Scripts/boot-fixture: boots fixtures on real Xens and prints what these did.

/// Line by line, as a boot takes seconds.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

var versions = ["4.17", "4.20"]
var files: [String] = []
var showsAll = false
var folder: String?
var arguments = CommandLine.arguments.dropFirst()
while let word = arguments.popFirst() {
  switch word {
  case "--xen":
    let version = arguments.popFirst() ?? ""
    versions = version == "both" ? versions : [version]
  case "--log": showsAll = true
  case "--serial": folder = arguments.popFirst()
  default: files.append(word)
  }
}
guard !files.isEmpty else {
  say("usage: Scripts/boot-fixture [--xen 4.17|4.20|both] [--log] [--serial FOLDER] FILE.dts...")
  exit(2)
}

/// What helps to judge a boot: the last lines before a panic, whatever sounds like a complaint, and what the guests say.
func isTelling(_ line: TrialBoot.Line, _ before: [String]) -> Bool {
  if line.name != "xen" { return !line.text.isEmpty }
  if before.contains(line.text) { return true }
  let words = [
    "fail", "error", "warn", "ignor", "cannot", "could not", "unable", "invalid", "missing", "already", "not supported",
    "overlap", "unknown", "*** LOADING", "dom0less", "bug", "crash",
  ]
  let text = line.text.lowercased()
  let usual = ["arm_smccc", "cpu erratum", "errors and warnings", "errors, warnings", "debug features", "xen version"]
  return words.contains { text.contains($0.lowercased()) } && !usual.contains { text.contains($0) }
}

var failed = false
for file in files {
  for version in versions {
    do {
      let run = try RuleFixture(file).boot(xen: version)
      say("\(file) on \(version): \(run.verdict.text) (\(Double(Int(run.seconds * 100)) / 100) s)")
      if let folder {
        let name = "\(URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent)-\(version).serial"
        try Data(run.serial).write(to: URL(fileURLWithPath: folder + "/" + name))
      }
      var before: [String] = []
      if case .panics(_, let lines) = run.verdict { before = lines }
      for line in run.lines where showsAll || isTelling(line, before) { say("    \(line.name)| \(line.text)") }
    } catch let failure as Failure {
      failed = true
      say("\(file) on \(version): \(DiagnosticPrinter().text(failure.diagnostics))")
    } catch {
      failed = true
      say("\(file) on \(version): \(error)")
    }
  }
}
exit(failed ? 1 : 0)
