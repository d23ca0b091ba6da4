// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let propertyValue = Rule(
    "property-value", "a property of a domain has a value of another kind than Xen reads", level: .warning,
    effects: [
      Effect("bad-cells", xen417: .boots),
      Effect("bad", xen417: .boots),
      Effect("bad-cell", xen417: .boots),
    ],
    explanation: """
      Xen reads one cell where one is expected and does not find it in a value of another length; it then takes its \
      default or stops. Flags, such as vpl011 and direct-map, are taken by their presence: vpl011 = <0> gives the \
      guest a console.
      """
  ) { subject in
    let kinds = Dictionary(
      DomainProperty.all.filter { subject.release.version >= $0.since }.map { ($0.name, $0.kind) },
      uniquingKeysWith: { first, _ in first })
    return subject.guests.flatMap { guest in
      subject.tree[guest].properties.compactMap { property in
        guard let kind = kinds[property.name], !judgedElsewhere.contains(property.name) else { return nil }
        let title = "\(property.name) of \(subject.tree[guest].name)"
        let place = subject.place(guest, property: property.name)
        switch kind {
        case .flag:
          guard property.value.cell == 0 || property.value.string == "disabled" || property.value.string == "false"
          else { return nil }
          return Finding(
            "\(title) is a flag: Xen takes it by its presence, whatever its value", at: place,
            hint: "take it away to switch it off")
        case .cell, .phandle:
          guard property.value.bytes.count != 4, !(property.name == "sve" && property.value.isEmpty) else { return nil }
          // Without its CPUs a domain is not made, and that has a rule of its own.
          if property.name == "cpus", property.value.bytes.count < 4 { return nil }
          return Finding(
            "\(title) is \(property.value.bytes.count) bytes long, and Xen reads one cell", at: place,
            hint: property.value.string.flatMap { UInt32($0) }.map { "write <\($0)>" })
        case .string, .u64, .ranges: return nil
        }
      }
    }
  }

  /// These have rules of their own.
  private static let judgedElsewhere: Set<String> = ["compatible", "#address-cells", "#size-cells", "memory"]
}
