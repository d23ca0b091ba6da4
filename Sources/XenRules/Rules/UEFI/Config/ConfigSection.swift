// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let configSection = Rule(
    "xen-cfg-section", "the UEFI configuration asks for a section that it does not have",
    effects: [Effect("bad.cfg", xen417: .refused("No initial domain kernel specified."))],
    explanation: """
      `default` in [global] names the section that Xen's UEFI stub starts, unless its command line names another. In one that is not \
      there it finds no kernel and no tree, and says "Unable to find chosen node" where the firmware has no tree either. Of two sections of one name it reads the first.
      """,
    config: { subject in
      let sections = subject.config.lines.compactMap { line -> (name: String, line: UEFIConfig.Line)? in
        guard case .section(let name) = line.content else { return nil }
        return (name, line)
      }
      var findings: [Finding] = []
      if let (name, line) = subject.config.value(of: "default", in: "global"),
        !sections.contains(where: { $0.name == name })
      {
        findings.append(
          Finding(
            "default asks for the section [\(name)], which is not there", at: subject.place(line),
            hint: nearestName(to: name, among: sections.map(\.name)).map { "did you mean \($0)?" }))
      }
      var seen: [String: UEFIConfig.Line] = [:]
      for (name, line) in sections {
        if let first = seen[name] {
          findings.append(
            Finding(
              "Xen does not read this section, as there is another [\(name)]", at: subject.place(line), level: .warning,
              notes: [.init("the first one is here", at: subject.place(first))]))
        } else {
          seen[name] = line
        }
      }
      return findings
    })

  static let configTwice = Rule(
    "xen-cfg-twice", "a key stands twice in a section of the UEFI configuration", level: .warning,
    effects: [Effect("bad.cfg", xen417: .boots)],
    explanation: """
      Xen's UEFI stub takes the first of two lines with the same key in a section, and does not say so. Remove one.
      """,
    config: { subject in
      subject.linesBySection.flatMap { _, lines in
        var seen: [String: UEFIConfig.Line] = [:]
        return lines.compactMap { line -> Finding? in
          guard case .setting(let key, _) = line.content, key != "binary" else { return nil }
          guard let first = seen[key] else {
            seen[key] = line
            return nil
          }
          return Finding(
            "Xen does not read this \(key), as the section has another one", at: subject.place(line),
            notes: [.init("the first one is here", at: subject.place(first))])
        }
      }
    })

  static let configKernel = Rule(
    "xen-cfg-kernel", "the UEFI configuration gives Xen nothing to start",
    effects: [Effect("bad.cfg", xen417: .refused("No initial domain kernel specified."))],
    explanation: """
      A section needs `kernel`, for a dom0, or `dtb`, for a tree whose domains name their files with xen,uefi-binary, or `chain`, for \
      another file to look in. Otherwise Xen's UEFI stub says "Unable to find chosen node" or "No initial domain kernel specified." and goes back to the firmware. \
      Only where the firmware itself hands over a tree with modules in it is none of them needed.
      """,
    config: { subject in
      let keys = ["kernel", "dtb"]
      if keys.contains(where: { subject.config.value(of: $0, in: subject.section) != nil }) { return [] }
      let chain = ["global", subject.section].compactMap { $0 }.contains {
        subject.config.value(of: "chain", in: $0) != nil
      }
      if chain || subject.firmwareTree != nil { return [] }
      if let section = subject.section, !subject.config.lines.contains(where: { $0.content == .section(section) }) {
        return []
      }
      let line = subject.config.lines.first { $0.content == .section(subject.section ?? "") }
      let what = subject.section.map { "the section [\($0)]" } ?? "the file"
      return [
        Finding("\(what) has neither kernel nor dtb", at: line.map { subject.place($0) } ?? Place(file: subject.file))
      ]
    })
}
