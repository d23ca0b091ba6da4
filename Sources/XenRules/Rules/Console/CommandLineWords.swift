// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let commandLineWords = Rule(
    "xen-command-line", "a word on Xen's command line that Xen does not know", level: .warning, after: ["xen-console"],
    effects: [
      Effect("bad", xen417: .boots),
      Effect("bad-linux", xen417: .boots),
      Effect("bad-x86", xen417: .boots),
    ],
    explanation: """
      Xen leaves out words of its command line that it does not know and goes on. A misspelt dom0_mem= gives dom0 the \
      default. Options that need a build with more than the usual are known here as well.
      """
  ) { subject in
    guard let chosen = subject.chosen, subject.tree[chosen, "xen,xen-bootargs"] != nil else { return [] }
    let place = subject.place(chosen, property: "xen,xen-bootargs")
    let version = subject.release.version
    let known = CommandLineOption.arm.filter { version >= $0.since && ($0.until.map { version < $0 } ?? true) }
    let names = Set(known.map(\.name))
    return subject.commandLine.words.compactMap { word in
      let name = String(word.prefix { $0 != "=" })
      let positive = name.hasPrefix("no-") ? String(name.dropFirst(3)) : name
      if names.contains(name) || names.contains(positive) || name == "--" { return nil }
      if let other = CommandLineOption.arm.first(where: { $0.name == name || $0.name == positive }) {
        let why = version < other.since ? "is known since Xen \(other.since.text)" : "is not known any more"
        return Finding("\(name) on Xen's command line \(why), and this tree is for \(version.text)", at: place)
      }
      if CommandLineOption.x86.contains(name) {
        return Finding("\(name) on Xen's command line is for x86; on Arm Xen does not know it", at: place)
      }
      let near = nearestName(to: name, among: names.sorted())
      let forLinux = CommandLineOption.linux.contains(name)
      return Finding(
        "Xen does not know \(name) on its command line", at: place,
        hint: near.map { "did you mean \($0)?" }
          ?? (forLinux ? "it is for Linux: put it into the bootargs of a kernel" : nil))
    }
  }
}
