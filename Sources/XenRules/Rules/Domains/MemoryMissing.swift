// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics

extension Rule {
  static let memoryMissing = Rule(
    "memory-missing", "a guest has no `memory` of two cells",
    effects: [
      Effect("bad", xen417: .panics("cannot read \"memory\" property")),
      Effect("bad-short", xen417: .panics("cannot read \"memory\" property")),
      Effect("bad-long", xen417: .boots),
    ],
    explanation: """
      Xen reads `memory` as exactly two cells that count KiB, whatever the cell sizes around it are. Absent or shorter, it stops \
      with 'cannot read "memory" property'. 128 MiB is <0 131072>.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      let name = subject.tree[guest].name
      guard let value = subject.tree[guest, "memory"] else {
        return Finding("\(name) has no memory", at: subject.place(guest))
      }
      guard value.bytes.count != 8 else { return nil }
      let place = subject.place(guest, property: "memory")
      if value.bytes.count > 8 {
        return Finding(
          "the memory of \(name) is \(value.bytes.count) bytes long, and Xen reads the first two cells", at: place,
          level: .warning)
      }
      return Finding(
        "the memory of \(name) is \(value.bytes.count) bytes long, but Xen reads two cells that count KiB", at: place)
    }
  }
}
