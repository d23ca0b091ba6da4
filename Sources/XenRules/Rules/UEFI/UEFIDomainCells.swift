// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics

extension Rule {
  static let uefiDomainCells = Rule(
    "uefi-domain-cells", "a domain with files for the UEFI stub does not give both #address-cells and #size-cells",
    effects: [
      Effect("bad", xen417: .refused("#address-cells not found in domain node.")),
      Effect("bad-one-cell", xen417: .boots),
    ],
    explanation: """
      Xen itself takes the cells of a domain's parent where the domain gives none, but the UEFI stub, which writes the `reg` of the \
      files that it has loaded, does not: it says "#address-cells not found in domain node." and "Error processing boot modules on \
      DT.", and returns to the firmware. With one address cell it fails as well, when the firmware has put the file above 4 GiB. Give \
      each domain #address-cells = <2> and #size-cells = <2>.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard subject.modules.contains(where: { $0.guest == guest && $0.uefiBinary != nil }) else { return nil }
      let missing = ["#address-cells", "#size-cells"].filter { subject.tree[guest, $0] == nil }
      if !missing.isEmpty {
        return Finding(
          "\(subject.tree[guest].name) names files with xen,uefi-binary and has no \(missing.joined(separator: " and no "))",
          at: subject.place(guest), hint: "add \(missing.map { "\($0) = <2>" }.joined(separator: " and "))")
      }
      guard subject.tree[guest, "#address-cells"]?.cell == 1 else { return nil }
      return Finding(
        "\(subject.tree[guest].name) has one address cell, and firmware may load its files above 4 GiB",
        at: subject.place(guest, property: "#address-cells"), level: .warning, hint: "give #address-cells = <2>")
    }
  }
}
