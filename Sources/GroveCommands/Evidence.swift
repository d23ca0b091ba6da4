// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import BootImages
internal import BootTargets
internal import Diagnostics
internal import Foundation
internal import SystemFiles
internal import XenFacts
internal import XenRules
internal import XenSystem

/// What was judged and by what, for a safety case to keep: the same for the same inputs, tool and settings.
struct Evidence: Encodable {
  let format = 1
  let tool = Tool()
  /// Only when it was asked for.
  let time: String?
  let rules = Rule.all.map(JudgedBy.init)
  private(set) var judgements: [Judged] = []

  init(time: Bool) {
    self.time = time ? Date.now.formatted(.iso8601) : nil
  }

  mutating func add(_ judgement: Judgement, of files: [String]) {
    judgements.append(Judged(judgement, of: files))
  }

  /// Writes `evidence.json` into a folder, which is made when it is not there.
  func write(to folder: String) throws(Failure) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let data: Data
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      data = try encoder.encode(self)
    } catch {
      throw Failure(.error("file-output", "the folder \(folder) cannot be made", at: Place(file: folder)))
    }
    try OutputFile.write(Array(data) + [0x0A], to: folder + "/evidence.json")
  }

  struct Tool: Encodable {
    let name = "grove"
    let version = GroveCommand.configuration.version
    /// Of the program itself: it decides what the rules do.
    let sha256 = (try? InputFile.read("/proc/self/exe", what: "grove", at: Place())).map(FileDigest.sha256)
  }

  struct JudgedBy: Encodable {
    let name: String
    let level: String
    let releases: String
    let options: [String]
    /// Of all that the rule's page says.
    let sha256: String

    init(_ rule: Rule) {
      name = rule.name
      level = rule.level.rawValue
      releases = rule.releases.text
      options = rule.options
      let effects = rule.effects.flatMap { effect in
        effect.outcomes.map { "\(effect.fixture) \($0.version.text) \($0.outcome.text)" }
      }
      let text = [name, level, releases, rule.summary, rule.explanation] + options + rule.after + effects
      sha256 = FileDigest.sha256(Array(text.joined(separator: "\n").utf8))
    }
  }

  struct Input: Encodable {
    let name: String
    let size: Int
    let sha256: String

    init(_ input: SourceText) {
      name = input.name
      size = input.bytes.count
      sha256 = FileDigest.sha256(input.bytes)
    }
  }

  struct Xen: Encodable {
    let version: String
    let source: String
    let options: [String: String]?

    init(_ release: XenRelease) {
      version = release.version.text
      source = release.source.rawValue
      options = release.config?.options
    }
  }

  struct Waived: Encodable {
    let diagnostic: CheckReport.Entry
    let reason: String
    let waiver: String

    init(_ pair: WaivedDiagnostics.Pair) {
      diagnostic = CheckReport.Entry(pair.diagnostic)
      reason = pair.waiver.reason
      waiver = pair.waiver.place.description
    }
  }

  struct Judged: Encodable {
    let files: [String]
    let verdict: String
    let inputs: [Input]
    let settings: Input?
    /// Levels that are not the rules' own.
    let levels: [String: String]
    /// Nil when there was nothing of Xen's to judge.
    let xen: Xen?
    let diagnostics: [CheckReport.Entry]
    let waived: [Waived]

    init(_ judgement: Judgement, of files: [String]) {
      self.files = files
      verdict = judgement.diagnostics.hasErrors ? "failed" : "passed"
      inputs = judgement.inputs.map(Input.init)
      settings = judgement.gate.settings.source.map(Input.init)
      levels = judgement.gate.levels.choices.mapValues(\.rawValue)
      xen = judgement.release.map(Xen.init)
      diagnostics = judgement.diagnostics.map(CheckReport.Entry.init)
      waived = judgement.waived.map(Waived.init)
    }
  }
}
