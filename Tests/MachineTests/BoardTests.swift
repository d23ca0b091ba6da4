// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Foundation
import Machine
import Testing

private let boards = ProcessInfo.processInfo.environment["GROVE_BOARDS"]

/// What must hold of every board of a kernel package.
@Suite(.enabled(if: boards != nil, "GROVE_BOARDS names no directory")) struct BoardTests {
  /// Without optimisation every third board is read, to stay within seconds.
  private func forEachBoard(_ body: (String, Topology) throws -> Void) throws {
    let root = try #require(boards)
    let found = try #require(FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String })
      .filter { $0.hasSuffix(".dtb") }.sorted()
    #expect(!found.isEmpty)
    #if DEBUG
      let step = 3
    #else
      let step = 1
    #endif
    for index in stride(from: 0, to: found.count, by: step) {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: root + "/" + found[index])))
      try body(found[index], Topology(DeviceTree(blob: bytes)))
    }
  }

  @Test func registersOfMappedBusesLieWhereTheirBusIsSeen() throws {
    try forEachBoard { board, topology in
      let tree = topology.tree
      for id in tree.walk() {
        for register in topology.registers(of: id) ?? [] {
          switch register.translation {
          case .cpu(let range):
            #expect(range.count == register.bus.count, "\(board) \(tree.path(of: id))")
            #expect(range.upperBound <= 1 << 48, "\(board) \(tree.path(of: id))")
          case .notMapped(let bus):
            #expect(topology.mapping(of: bus) == .none || tree.cellSizes(of: bus).size == 0)
          case .outside:
            // Marvell's SPI controllers list windows for direct access, and TI's K3 boards a few controllers, that the
            // bus above does not map.
            #expect(["spi", "interrupt-controller", "bus", "icssg"].contains(tree[id].baseName), "\(board) \(id)")
          case .malformed:
            Issue.record("\(board) \(tree.path(of: id)): a bus above cannot be read")
          }
        }
      }
    }
  }

  @Test func interruptsEndAtAController() throws {
    try forEachBoard { board, topology in
      let tree = topology.tree
      for id in tree.walk() {
        for interrupt in try topology.interrupts(of: id) {
          #expect(tree[interrupt.controller, "interrupt-controller"] != nil, "\(board) \(tree.path(of: id))")
          guard topology.gicKind(of: interrupt.controller) != nil, interrupt.gic == nil else { continue }
          // Boards that ask for PPI 21 or 126, of which there are 16, or for interrupts of no kind.
          #expect(["gpu", "serial", "ad7147_captouch"].contains(tree[id].baseName), "\(board) \(tree.path(of: id))")
        }
      }
    }
  }

  @Test func phandlesThatBindingsNameLeadToNodes() throws {
    try forEachBoard { board, topology in
      let tree = topology.tree
      let graph = topology.dependencies()
      for dependency in graph.dependencies where dependency.target == nil {
        // ipq6018's map of PCI interrupts leaves out the GIC's address cells.
        #expect(
          dependency.property == "interrupt-map", "\(board) \(tree.path(of: dependency.user)) \(dependency.property)")
      }
      for (node, property) in graph.unreadable {
        // The others: clocks to a node that counts no cells, and gpio-ranges that end within an entry.
        #expect(
          ["interrupt-map", "clocks", "gpio-ranges"].contains(property), "\(board) \(tree.path(of: node)) \(property)")
      }
    }
  }

  @Test func needsAndUsersAreTheSameSeenFromBothEnds() throws {
    try forEachBoard { board, topology in
      let graph = topology.dependencies()
      let tree = topology.tree
      let needs = tree.walk().reduce(0) { $0 + graph.needs(of: $1).count }
      let users = tree.walk().reduce(0) { $0 + graph.users(of: $1).count }
      #expect(needs == graph.dependencies.count, "\(board)")
      #expect(users == graph.dependencies.count { $0.target != nil }, "\(board)")
      guard let device = tree.walk().first(where: { tree[$0, "clocks"] != nil }) else { return }
      let closure = graph.closure(of: device).map(\.device)
      #expect(Set(closure).count == closure.count && !closure.contains(device), "\(board)")
    }
  }

  @Test func cpusHaveIds() throws {
    try forEachBoard { board, topology in
      let cpus = topology.cpus()
      #expect(!cpus.isEmpty && cpus.allSatisfy { $0.id != nil }, "\(board)")
      #expect(Set(cpus.map(\.id)).count == cpus.count, "\(board)")
      #expect(cpus.count(where: \.isEnabled) == Machine(topology.tree).cpuCount, "\(board)")
    }
  }
}
