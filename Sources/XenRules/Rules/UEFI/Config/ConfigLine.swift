// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let configLine = Rule(
    "xen-cfg-line", "the UEFI configuration has a line that the stub never reads", level: .warning,
    effects: [Effect("bad.cfg", xen417: .refused("No initial domain kernel specified."))],
    explanation: """
      Xen's UEFI stub looks for the keys that it knows, written exactly so, from the start of the line to the `=`: `default`, `chain` \
      and `video` in [global]; `kernel`, `ramdisk`, `xsm`, `options`, `dtb`, `video` and `chain` in the section that is started. It \
      never says that it did not read a line. A blank before the `=` is enough for that, and so is a key in the wrong section. \
      Files of guests are not named here at all: they stand in the device tree, as xen,uefi-binary.
      """,
    config: { subject in
      let hasSection = subject.section != nil
      return subject.linesBySection.flatMap { name, lines in
        let keys =
          hasSection ? (name == "global" ? global : name == nil ? [] : section) : Set(global).union(section).sorted()
        return lines.compactMap { line -> Finding? in
          let place = subject.place(line)
          guard case .setting(let key, _) = line.content else {
            guard case .other(let text) = line.content else { return nil }
            return Finding("Xen does not read the line \"\(text)\"", at: place)
          }
          if keys.contains(key) { return nil }
          let trimmed = String(key.reversed().drop { $0 == " " }.reversed())
          if trimmed != key, keys.contains(trimmed) {
            return Finding(
              "Xen does not read \(trimmed), as a blank stands before the =", at: place, level: .error,
              hint: "write \(trimmed)= without a blank")
          }
          if key == "binary" {
            return Finding(
              "Xen reads no key binary", at: place,
              hint: "name the file with xen,uefi-binary in the device tree, at the module of its guest")
          }
          if (global + section).contains(key) {
            let expected = global.contains(key) && !section.contains(key) ? "[global]" : "the section that is started"
            let here = name.map { "[\($0)]" } ?? "the lines before the first section"
            return Finding("Xen reads \(key) in \(expected), not in \(here)", at: place)
          }
          return Finding(
            "Xen reads no key \(key)", at: place,
            hint: nearestName(to: trimmed, among: keys).map { "did you mean \($0)?" })
        }
      }
    })

  private static let global = ["default", "chain", "video"]
  private static let section = ["kernel", "ramdisk", "options", "xsm", "dtb", "video", "chain", "ucode"]
}
