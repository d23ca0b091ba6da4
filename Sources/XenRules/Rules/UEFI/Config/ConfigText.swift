// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let configEncoding = Rule(
    "xen-cfg-encoding", "the UEFI configuration is not plain text",
    effects: [Effect("bad.cfg", xen417: .boots)],
    explanation: """
      Xen's UEFI stub reads bytes. UTF-16 is nothing to it, and a byte order mark before UTF-8 text makes its first line begin with \
      something else than `[` or a key. Save the file as UTF-8 without a mark, or as ASCII.
      """,
    config: { subject in
      guard subject.config.hasByteOrderMark else { return [] }
      return [
        Finding(
          "the file begins with a byte order mark, so that Xen does not read its first line",
          at: Place(SourceLocation(file: subject.file, line: 1, column: 1)), hint: "save it as UTF-8 without a mark")
      ]
    })

  static let configLastLine = Rule(
    "xen-cfg-last-line", "the last line of the UEFI configuration does not end", level: .note,
    effects: [Effect("bad.cfg", xen417: .boots)],
    explanation: """
      When the file does not end with a newline, the UEFI stub of Xen 4.17 prints "No newline at end of config file, last line will \
      be ignored.", and reads the line all the same; that of 4.20 says nothing. End the file with a newline, and be sure.
      """,
    config: { subject in
      guard subject.config.lacksLastNewline, let last = subject.config.lines.last else { return [] }
      return [Finding("the last line has no newline at its end", at: subject.place(last))]
    })

  static let configCut = Rule(
    "xen-cfg-cut", "a value in the UEFI configuration ends earlier than it seems", level: .warning,
    effects: [Effect("bad.cfg", xen417: .boots)],
    explanation: """
      In a configuration of Xen's UEFI stub a `#` begins a comment wherever it stands, and a tab ends the line; nothing can be quoted. \
      What follows is not part of the value. A blank between the value and a comment, on the other hand, is: see \
      xen-cfg-blank.
      """,
    config: { subject in
      subject.config.lines.compactMap { line -> Finding? in
        guard case .setting(let key, let value) = line.content else { return nil }
        switch line.end {
        case .line: return nil
        case .tab:
          // A tab before the end of the line, or before a comment, cuts nothing.
          guard subject.config.lines.contains(where: { $0.line == line.line && $0.column > line.column }) else {
            return nil
          }
          return Finding("the value of \(key) ends at the tab, as \"\(value)\"", at: subject.place(line))
        case .comment:
          guard let last = value.last, last != " " else { return nil }
          return Finding("the value of \(key) ends at the #, as \"\(value)\"", at: subject.place(line))
        }
      }
    })

  static let configBlank = Rule(
    "xen-cfg-blank", "a file's name in the UEFI configuration ends with a blank", level: .warning,
    effects: [Effect("bad.cfg", xen417: .boots)],
    explanation: """
      Xen's UEFI stub takes the name of a ramdisk or of a policy up to the end of the line, with blanks at its end, and asks the \
      firmware for a file whose name ends with a blank. The one that QEMU's firmware has (AAVMF) finds the file without the blank; \
      others need not. Nothing shows in an editor. A blank before a comment counts too.
      """,
    config: { subject in
      subject.config.lines.compactMap { line -> Finding? in
        guard case .setting(let key, let value) = line.content, ["ramdisk", "xsm", "chain", "default"].contains(key),
          value.hasSuffix(" ")
        else { return nil }
        return Finding("the value of \(key) is \"\(value)\", with a blank at its end", at: subject.place(line))
      }
    })
}
