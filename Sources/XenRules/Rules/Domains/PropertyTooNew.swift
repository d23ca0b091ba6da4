// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let propertyTooNew = Rule(
    "property-too-new", "a domain has a property that only a newer Xen reads", level: .note,
    effects: [
      Effect("bad", xen417: .boots)
    ],
    explanation: """
      An older Xen leaves a property that it does not know alone, without a word. The domain starts as if it were not \
      there.
      """
  ) { subject in
    let version = subject.release.version
    let later = Dictionary(
      DomainProperty.all.filter { version < $0.since }.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    return subject.guests.flatMap { guest in
      subject.tree[guest].properties.compactMap { property in
        guard let known = later[property.name] else { return nil }
        return Finding(
          "\(property.name) of \(subject.tree[guest].name) is read since Xen \(known.since.text), and this tree is for "
            + "\(version.text)", at: subject.place(guest, property: property.name))
      }
    }
  }
}
