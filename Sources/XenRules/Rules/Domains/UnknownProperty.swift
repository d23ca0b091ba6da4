// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let unknownProperty = Rule(
    "unknown-property", "a domain has a property that no Xen reads", level: .warning,
    effects: [
      Effect("bad", xen417: .boots),
      Effect("bad-status", xen417: .boots),
      Effect("bad-foreign", xen417: .boots),
    ],
    explanation: """
      Xen reads the properties that it knows from the node of a domain and leaves all others alone without a word. A \
      misspelt one is as if it were not there, and Xen takes its default. `status` is one of those that it does not \
      look at.
      """
  ) { subject in
    let known = DomainProperty.all.map(\.name)
    return subject.guests.flatMap { guest in
      subject.tree[guest].properties.compactMap { property in
        guard !known.contains(property.name), !harmless.contains(property.name),
          !moduleProperties.contains(property.name)
        else { return nil }
        let name = subject.tree[guest].name
        let place = subject.place(guest, property: property.name)
        if property.name == "status" {
          let status = property.value.string ?? ""
          guard status != "okay" && status != "ok" else { return nil }
          return Finding(
            "the status of \(name) is \"\(status)\", but Xen does not look at it and starts the domain", at: place,
            hint: "take the domain out of the tree, or its compatible string away")
        }
        if let near = nearestName(to: property.name, among: known) {
          return Finding("no Xen reads \(property.name) of \(name)", at: place, hint: "did you mean \(near)?")
        }
        return Finding("no Xen reads \(property.name) of \(name)", at: place, level: .note)
      }
    }
  }

  /// What a compiler or a person may leave on any node.
  private static let harmless: Set<String> = ["phandle", "linux,phandle", "name", "ranges"]
  /// These have a rule of their own.
  private static let moduleProperties: Set<String> = ["bootargs", "reg", "xen,uefi-binary"]
}
