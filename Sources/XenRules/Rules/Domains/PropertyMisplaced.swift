// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let propertyMisplaced = Rule(
    "property-misplaced", "a property stands on a node where Xen does not look for it", level: .warning,
    effects: [
      Effect("bad", xen417: .wrong("PROBE bootargs=")),
      Effect("bad-module", xen417: .boots),
      Effect("bad-chosen", xen417: .boots),
    ],
    explanation: """
      Xen takes the bootargs, the address and the file of a module from the module's node, and everything else about a \
      guest from the guest's. On the wrong one of the two a property is as if it were not there.
      """
  ) { subject in
    var findings: [Finding] = []
    for guest in subject.guests {
      let name = subject.tree[guest].name
      for property in ["bootargs", "reg", "xen,uefi-binary"] where subject.tree[guest, property] != nil {
        findings.append(
          Finding(
            "\(property) stands on \(name), and Xen looks for it on the modules",
            at: subject.place(guest, property: property),
            hint: property == "bootargs" ? "put it on the kernel's module" : "put it on a module"))
      }
    }
    let ofDomains = Set(DomainProperty.all.map(\.name)).subtracting(["compatible", "#address-cells", "#size-cells"])
    for module in subject.modules {
      for property in subject.tree[module.node].properties where ofDomains.contains(property.name) {
        findings.append(
          Finding(
            "\(property.name) stands on \(subject.title(module)), and Xen looks for it on the domain",
            at: subject.place(module.node, property: property.name), hint: "put it on the domain's own node"))
      }
    }
    if let chosen = subject.chosen {
      for property in subject.tree[chosen].properties where ofDomains.contains(property.name) {
        findings.append(
          Finding(
            "\(property.name) stands on /chosen, and Xen looks for it on the domains",
            at: subject.place(chosen, property: property.name), hint: "put it on the node of the domain that it is for")
        )
      }
    }
    return findings
  }
}
