// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Foundation
import Machine
import Testing
import XenFacts
import XenSystem

private let boards = ProcessInfo.processInfo.environment["GROVE_BOARDS"]

/// Real boards with dom0 and two guests, each of which is given a device.
@Suite(.enabled(if: boards != nil, "GROVE_BOARDS names no directory")) struct OwnershipBoardTests {
  private struct Board {
    var name: String
    var tree: DeviceTree
    var fragments: [String: Ownership.Fragment] = [:]
    /// By the guest's name, the path of its device.
    var given: [String: String] = [:]

    init(_ name: String, _ blob: [UInt8]) throws {
      self.name = name
      tree = try DeviceTree(blob: blob)
      let chosen = tree.ensureChild("chosen", of: tree.root)
      let kernel = tree.addChild("module@50000000", to: chosen)
      tree.set("compatible", .strings(["multiboot,kernel", "multiboot,module"]), on: kernel)
      let topology = Topology(tree)
      let devices = tree.walk().filter {
        tree[$0, "interrupts"] != nil && tree[$0, "compatible"] != nil && !topology.cpuRanges(of: $0).isEmpty
      }
      for device in devices where given.count < 2 {
        let guest = "guest\(given.count)"
        let path = tree.path(of: device)
        // What is below a device goes with it.
        guard !given.values.contains(where: { path.hasPrefix($0 + "/") }) else { continue }
        var request = PassthroughRequest(devices: [path])
        request.iommuWaiver = "to be counted"
        request.drops = Set(tree[device].properties.map(\.name)).subtracting(["reg", "interrupts", "compatible"])
        let plan = XenSystem.passthrough(request, from: tree, file: name)
        guard !plan.diagnostics.hasErrors else { continue }
        plan.mark(&tree)
        fragments[guest] = .init(file: "\(guest).dtb", tree: plan.fragment)
        given[guest] = path
        let node = tree.addChild(guest, to: chosen)
        tree.set("compatible", .string("xen,domain"), on: node)
        tree.set("memory", .u64(65536), on: node)
      }
    }

    var ownership: Ownership {
      Ownership(
        of: tree, version: XenVersion(4, 20), fragment: { fragments[tree[$0].name] },
        place: { tree.place(of: $0, property: $1, file: name) })
    }
  }

  /// Without optimisation every twelfth board is read, to stay within seconds.
  private func forEachBoard(_ body: (Board) throws -> Void) throws {
    let root = try #require(boards)
    let found = try #require(FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String })
      .filter { $0.hasSuffix(".dtb") }.sorted()
    #expect(!found.isEmpty)
    #if DEBUG
      let step = 12
    #else
      let step = 1
    #endif
    for index in stride(from: 0, to: found.count, by: step) {
      try body(Board(found[index], [UInt8](try Data(contentsOf: URL(fileURLWithPath: root + "/" + found[index])))))
    }
  }

  @Test func whatDom0OwnsIsWhatItsTreeHas() throws {
    try forEachBoard { board in
      let ownership = board.ownership
      var dom0 = Dom0Tree(board.tree, version: XenVersion(4, 20))
      let seen = dom0.predict().tree
      for device in ownership.devices {
        let path = board.tree.path(of: device.node)
        // Xen makes one of its own.
        if path == "/psci" { continue }
        // The controller and the timer have nodes of Xen's making, and what is given away is disabled.
        let isSeen = seen.node(at: path).map {
          board.tree[device.node, "xen,passthrough"] == nil || seen[$0].properties.isEmpty
        }
        if device.owner == .domain(0) {
          #expect(isSeen == true || path.contains("v2m"), "\(board.name) \(path)")
        } else if case .nobody = device.owner {
          #expect(isSeen != true, "\(board.name) \(path)")
        }
      }
    }
  }

  @Test func aDeviceThatIsGivenAwayIsTheGuests() throws {
    try forEachBoard { board in
      let ownership = board.ownership
      for (guest, path) in board.given {
        let node = try #require(board.tree.node(at: path))
        let owner = try #require(ownership.device(at: node)?.owner)
        #expect(ownership.name(of: owner) == guest, "\(board.name) \(path)")
      }
      #expect(Set(ownership.devices.map(\.node)).count == ownership.devices.count)
      #expect(Set(ownership.interrupts.map(\.interrupt.id)).count == ownership.interrupts.count)
      for conflict in ownership.conflicts where conflict.kind != .memory {
        #expect((conflict.second.owner.domain ?? 0) > 0, "\(board.name) \(conflict.what)")
        #expect(conflict.first.owner != conflict.second.owner, "\(board.name) \(conflict.what)")
      }
    }
  }
}
