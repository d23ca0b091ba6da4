// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let buildOptionMissing = Rule(
    "build-option-missing", "a domain asks for what the Xen may not be built with",
    options: [
      "CONFIG_STATIC_MEMORY", "CONFIG_STATIC_SHM", "CONFIG_LLC_COLORING", "CONFIG_BOOT_TIME_CPUPOOLS",
      "CONFIG_ARM64_SVE", "CONFIG_SCMI_SMC",
    ], after: ["direct-map", "llc-colors", "sve-length"],
    effects: [
      Effect("bad", xen417: .panics("Device tree generation failed")),
      Effect("bad-sve", xen417: .boots, xen420: .panics("'sve' property found, but CONFIG_ARM64_SVE not selected")),
      Effect("bad-pool", xen417: .boots),
      Effect("bad-shm", xen417: .panics("Could not set up DOM0 guest OS"), xen420: .silent),
    ],
    explanation: """
      Some properties are only read by a Xen that is built for them. Others stop with "Device tree generation failed", \
      or before the console exists, or leave the property alone. Debian's builds have none of these options. Grove \
      reads the options from the Xen image (--xen-image), from a .config (--xen-config), or takes them from --xen \
      4.20+static-memory; where it knows nothing this is a note.
      """
  ) { subject in
    var findings: [Finding] = []
    for guest in subject.guests {
      let name = subject.tree[guest].name
      for known in DomainProperty.all where subject.release.version >= known.since {
        guard let option = known.option, subject.has(known.name, guest) else { continue }
        add("\(known.name) of \(name)", option, guest, known.name, subject, &findings)
      }
    }
    for node in subject.sharedMemory {
      add("the shared memory \(subject.tree.path(of: node))", "STATIC_SHM", node, nil, subject, &findings)
    }
    if let chosen = subject.chosen {
      for node in subject.tree.children(of: chosen) where subject.isCompatible(node, "xen,cpupool") {
        add("the CPU pool \(subject.tree[node].name)", "BOOT_TIME_CPUPOOLS", node, nil, subject, &findings)
      }
    }
    return findings
  }

  private static func add(
    _ what: String, _ option: String, _ node: DeviceTree.NodeID, _ property: String?, _ subject: Subject,
    _ findings: inout [Finding]
  ) {
    let place = subject.place(node, property: property)
    switch subject.state(of: option) {
    case .on: return
    case .off:
      // Boot-time CPU pools are left alone by a Xen that does not know them.
      let isIgnored = option == "BOOT_TIME_CPUPOOLS"
      findings.append(
        Finding(
          "\(what) needs CONFIG_\(option), which this Xen is not built with", at: place,
          level: isIgnored ? .warning : nil,
          hint: "build Xen with it"))
    case .unknown:
      findings.append(
        Finding("\(what) needs CONFIG_\(option), which Debian's builds of Xen lack", at: place, level: .note))
    }
  }
}
