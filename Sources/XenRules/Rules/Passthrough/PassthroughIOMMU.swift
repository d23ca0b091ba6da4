// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension Rule {
  static let passthroughIOMMU = Rule(
    "passthrough-iommu", "a device is given away that no IOMMU keeps to its guest's memory",
    after: ["passthrough-path", "passthrough-incomplete", "passthrough-xen-device", "passthrough-mark"],
    effects: [
      Effect("bad", xen417: .guestFails("PROBE-FAULT tree"), xen420: .panics("Could not set up domain domA (rc = -22)"))
    ],
    explanation: """
      A device that reads and writes memory by itself can reach all of it when no IOMMU stands in front, and the addresses that its \
      guest gives it are not the machine's. So Xen assigns only devices behind an IOMMU that it drives; for others it says "Failed \
      to assign device". Up to 4.17 the guest starts all the same, with the registers mapped and a tree that breaks off there; newer ones stop. \
      `xen,force-assign-without-iommu` waives the protection: right for a device that never touches memory, such as a clock or a \
      serial port, and for a guest with `direct-map` that is trusted with all memory.
      """
  ) { subject in
    lazy var topology = Topology(subject.tree)
    return subject.partialTrees.flatMap { partial in
      partial.devices.compactMap { device -> Finding? in
        guard device.isComplete, !device.isForced, let host = device.host else { return nil }
        let place = partial.place(device.node, property: "xen,path")
        let what = "\(subject.title(device, of: partial)) is \(subject.tree.path(of: host))"
        guard let iommu = topology.protector(of: host) else {
          return Finding(
            "\(what), and no IOMMU stands in front of it", at: place,
            hint: "if it never reads or writes memory by itself, add xen,force-assign-without-iommu")
        }
        guard let reason = subject.reasonNotToDrive(iommu) else { return nil }
        return Finding(
          "\(what), and Xen does not use the IOMMU \(subject.tree.path(of: iommu.node)): \(reason)", at: place)
      }
    }
  }
}

extension Subject {
  /// Why Xen leaves an IOMMU alone; nil when it uses it, or may.
  fileprivate func reasonNotToDrive(_ iommu: IOMMU) -> String? {
    let values = commandLine.value(of: "iommu")?.split(separator: ",") ?? []
    if values.contains(where: { ["off", "no", "0", "false", "disable"].contains($0) }) {
      return "its command line has iommu=off"
    }
    if !tree.isEnabled(iommu.node) { return "the node is disabled" }
    let option: String
    switch iommu.kind {
    case .smmuv1, .smmuv2: option = "CONFIG_ARM_SMMU"
    case .smmuv3: option = "CONFIG_ARM_SMMU_V3"
    case .ipmmu: option = "CONFIG_IPMMU_VMSA"
    case .other: return "it has no driver for it"
    }
    return state(of: option) == .off ? "it is built without \(option)" : nil
  }
}
