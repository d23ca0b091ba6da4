// SPDX-License-Identifier: Apache-2.0
public import Diagnostics
internal import XenSystem

/// Judges a tree by rules. Reads and writes nothing outside memory.
///
/// A rule is silent where one of those it comes after has already named the cause, even when that one is switched off or its
/// finding is waived later.
///
/// - Parameters:
///   - subject: The tree, and what is known of the files behind it and of the Xen that it is for.
///   - rules: The rules to judge by. Those that a front end speaks have nothing to say here.
///   - levels: What a person wants some of the rules to weigh.
/// - Returns: what was found, by the names of the rules, then by the order of the tree. Nothing for a tree that has nothing of Xen's.
public func check(_ subject: Subject, rules: [Rule] = Rule.all, levels: RuleLevels = RuleLevels()) -> [Diagnostic] {
  guard subject.isXen else { return [] }
  let judgement = Judgement(of: subject, by: rules)
  var result: [Diagnostic] = []
  for rule in rules.sorted(by: { $0.name < $1.name }) {
    for finding in judgement.findings[rule.name] ?? [] {
      let diagnostic = Diagnostic(
        finding.level ?? rule.level, rule: rule.name, finding.message, at: finding.place, hint: finding.hint,
        notes: finding.notes)
      if let weighed = levels.weigh(diagnostic) { result.append(weighed) }
    }
  }
  return result
}

/// The findings of all rules, each rule after its prerequisites.
private struct Judgement {
  private(set) var findings: [String: [Finding]] = [:]
  private let subject: Subject
  private let rules: [String: Rule]
  private var begun: Set<String> = []

  init(of subject: Subject, by rules: [Rule]) {
    self.subject = subject
    self.rules = Dictionary(rules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for rule in rules { judge(rule) }
  }

  private mutating func judge(_ rule: Rule) {
    guard let check = rule.check, rule.releases.contains(subject.release.version), begun.insert(rule.name).inserted
    else { return }
    for name in rule.after {
      if let cause = rules[name] { judge(cause) }
    }
    let found = check(subject)
    guard !found.isEmpty else { return }
    let causes = rule.after.flatMap { findings[$0] ?? [] }.compactMap(\.place.node)
    findings[rule.name] =
      causes.isEmpty
      ? found
      : found.filter { finding in
        let nodes = ([finding.place] + finding.causes).compactMap(\.node)
        return !nodes.contains { node in causes.contains { Self.isRelated(node, $0) } }
      }
  }

  /// Whether one of the two paths leads to the other's node or beyond it.
  private static func isRelated(_ first: String, _ second: String) -> Bool {
    let (short, long) = first.utf8.count <= second.utf8.count ? (first, second) : (second, first)
    guard long.hasPrefix(short) else { return false }
    return short == "/" || long.utf8.count == short.utf8.count
      || long.utf8[long.utf8.index(long.startIndex, offsetBy: short.utf8.count)] == UInt8(ascii: "/")
  }
}
