// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension Rule {
  static let passthroughXenDevice = Rule(
    "passthrough-xen-device", "a device is given away that Xen itself uses", after: ["passthrough-path"],
    effects: [
      Effect("bad", xen417: .guestFails("PROBE-FAULT tree"), xen420: .panics("Could not set up domain domA (rc = -22)"))
    ],
    explanation: """
      The serial port of the console, the interrupt controller, the timer, the IOMMU and the CPUs belong to Xen. For \
      their interrupts Xen says "already used by Xen" and does not set the domain up. Up to 4.17 the guest starts all the same and \
      has the registers, so that Xen's console may end in the middle of a line.
      """
  ) { subject in
    lazy var topology = Topology(subject.tree)
    return subject.partialTrees.flatMap { partial in
      partial.devices.compactMap { device -> Finding? in
        guard let host = device.host, let role = subject.role(of: host, topology) else { return nil }
        return Finding(
          "\(subject.title(device, of: partial)) is \(subject.tree.path(of: host)), \(role)",
          at: partial.place(device.node, property: "xen,path"))
      }
    }
  }
}

extension Subject {
  /// What Xen needs a node of the host for; nil when it does not.
  fileprivate func role(of node: DeviceTree.NodeID, _ topology: Topology) -> String? {
    if node == commandLine.consoleNode(in: tree) { return "the serial port of Xen's console" }
    if topology.gicKind(of: node) != nil { return "the interrupt controller" }
    let compatible = tree[node, "compatible"]?.strings ?? []
    if compatible.contains(where: ["arm,armv8-timer", "arm,armv7-timer"].contains) { return "the timer of the CPUs" }
    if tree[node, "#iommu-cells"] != nil { return "an IOMMU" }
    if tree[node, "device_type"]?.string == "memory" { return "memory" }
    let path = tree.path(of: node)
    return path == "/cpus" || path.hasPrefix("/cpus/") ? "a CPU" : nil
  }
}
