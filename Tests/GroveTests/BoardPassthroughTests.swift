// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Foundation
import Machine
import Testing
import XenSystem

/// Every device of five real boards, given away alone: what is written is sound, and what is refused has its reasons.
@Suite(.enabled(if: Real.isPrepared)) struct BoardPassthroughTests {
  static let boards = [
    "xilinx/zynqmp-zcu102-rev1.0.dtb", "freescale/imx8mp-evk.dtb", "rockchip/rk3399-rockpro64.dtb",
    "ti/k3-am654-base-board.dtb",
    "renesas/r8a774a1-hihope-rzg2m.dtb",
  ]

  @Test(arguments: boards)
  func everyDeviceIsGivenAwaySoundlyOrRefusedWithReasons(_ board: String) throws {
    let file = Real.boards + "/" + board
    let tree = try DeviceTree(blob: Array(Data(contentsOf: URL(fileURLWithPath: file))))
    let work = try Workspace()
    var counts = Counts()
    for id in tree.walk()
    where tree[id, "reg"] != nil && tree[id, "interrupts"] != nil && tree[id, "compatible"] != nil {
      counts.nodes += 1
      var request = PassthroughRequest(devices: [tree.path(of: id)])
      request.taken = PassthroughRequest.taken(memory: 1 << 30)
      let plain = XenSystem.passthrough(request, from: tree, file: board)
      if plain.diagnostics.hasErrors {
        request.decideEverything(that: plain)
      } else {
        counts.plain += 1
      }
      let plan = XenSystem.passthrough(request, from: tree, file: board)
      guard !plan.diagnostics.hasErrors else {
        counts.refused += 1
        #expect(plan.diagnostics.filter { $0.level == .error }.allSatisfy { Self.reasons.contains($0.rule) })
        continue
      }
      expectSound(plan.fragment, of: tree.path(of: id))
      try work.write("\(counts.nodes).dtb", try plan.fragment.blob())
      let dtc = try run(Real.dtc, ["-I", "dtb", "-O", "dtb", "-o", "/dev/null", work.path("\(counts.nodes).dtb")])
      #expect(dtc.status == 0 && dtc.error.isEmpty, "\(tree.path(of: id)): \(dtc.error)")
    }
    let fragments = try FileManager.default.contentsOfDirectory(atPath: work.folder)
    let judged = try run(Real.grove, ["check"] + fragments.map(work.path))
    #expect(judged.status == 0, "\(judged.error)\n\(judged.output)")
    #expect(counts.nodes > 50)
    // Of each board, Xen itself and PCI hosts keep a few.
    #expect(counts.refused <= 8, "\(board): \(counts)")
    print(
      "passthrough: \(board): \(counts.nodes) devices, \(counts.plain) at once, \(fragments.count) with decisions, \(counts.refused) refused"
    )
  }

  private struct Counts {
    var nodes = 0
    var plain = 0
    var refused = 0
  }

  /// What can be wrong when all that a person may decide has been decided.
  private static let reasons: Set<String> = [
    "passthrough-device", "passthrough-interrupt", "passthrough-choice", "passthrough-page",
  ]

  /// No reference leads nowhere, and each list of names is as long as its list.
  private func expectSound(_ fragment: DeviceTree, of device: String) {
    let topology = Topology(fragment)
    let graph = topology.dependencies()
    #expect(graph.unreadable.isEmpty, "\(device)")
    for node in fragment.walk() {
      var lengths: [String: Int] = [:]
      for need in graph.needs(of: node) {
        #expect(need.target != nil, "\(device): \(need.property) leads nowhere")
        if let names = Dependency.namesProperty(of: need.property) {
          lengths[names] = max(lengths[names] ?? 0, need.index + 1)
        }
      }
      if let reg = topology.registers(of: node) { lengths["reg-names"] = reg.count }
      if fragment[node, "interrupts"] != nil, let lines = try? topology.interrupts(of: node) {
        lengths["interrupt-names"] = lines.count
      }
      for (names, length) in lengths {
        guard let list = fragment[node, names]?.strings else { continue }
        #expect(list.count == length, "\(device): \(names)")
      }
    }
  }
}

extension PassthroughRequest {
  /// Decides what the plan leaves open: a rate for each clock, everything else stays behind, the IOMMU is waived.
  fileprivate mutating func decideEverything(that plan: PassthroughPlan) {
    iommuWaiver = "to see what else stands in the way"
    for need in plan.devices.flatMap(\.needs) where need.fate == .open {
      if need.kind == "clock" {
        clockRates[need.provider] = 1000
      } else {
        drops.formUnion([need.provider, need.property])
      }
    }
    for hint in plan.diagnostics.compactMap(\.hint) {
      guard let option = hint.range(of: "--drop ") else { continue }
      drops.insert(String(hint[option.upperBound...]))
    }
  }
}
