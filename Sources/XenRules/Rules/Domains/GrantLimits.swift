// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let grantLimits = Rule(
    "grant-limits", "a limit of the grant table that Xen refuses", releases: .since(4, 18),
    effects: [
      Effect("bad", xen417: .boots, xen420: .panics("Error creating domain domA")),
      Effect("bad-frames", xen417: .boots, xen420: .panics("max_grant_frames (2147483648) overflow")),
      Effect("bad-no-frames", xen417: .boots, xen420: .panics("Error creating domain domA")),
    ],
    explanation: """
      The grant table of a guest has the version 1 or 2, and its frames, of which it has one at least, are counted in 31 bits. With other numbers Xen \
      stops with "Error creating domain" or "overflow". Leave the properties out to get what the options on Xen's \
      command line say.
      """
  ) { subject in
    subject.guests.flatMap { guest in
      var findings: [Finding] = []
      let name = subject.tree[guest].name
      if let version = subject.tree[guest, "max_grant_version"]?.cell, !(1...2).contains(version) {
        findings.append(
          Finding(
            "max_grant_version of \(name) is \(version), and there are the versions 1 and 2",
            at: subject.place(guest, property: "max_grant_version")))
      }
      if subject.tree[guest, "max_grant_frames"]?.cell == 0 {
        findings.append(
          Finding("max_grant_frames of \(name) is 0", at: subject.place(guest, property: "max_grant_frames")))
      }
      for property in ["max_grant_frames", "max_maptrack_frames"] {
        guard let frames = subject.tree[guest, property]?.cell, frames > UInt32(Int32.max) else { continue }
        findings.append(
          Finding(
            "\(property) of \(name) is \(frames), and Xen counts up to \(Int32.max)",
            at: subject.place(guest, property: property)))
      }
      return findings
    }
  }
}
