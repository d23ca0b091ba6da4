// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// Every phandle of a tree, both ways: what a node needs, and who needs it.
public struct DependencyGraph: Sendable {
  /// In tree order, and in the order of a node's properties.
  public let dependencies: [Dependency]
  /// Properties that are known to hold phandles and end within an entry, or whose entries cannot be counted.
  public let unreadable: [(node: DeviceTree.NodeID, property: String)]
  private let topology: Topology
  private let needs: [DeviceTree.NodeID: [Int]]
  private let users: [DeviceTree.NodeID: [Int]]

  public init(_ topology: Topology) {
    var reader = DependencyReader(topology: topology)
    reader.read()
    var needs: [DeviceTree.NodeID: [Int]] = [:]
    var users: [DeviceTree.NodeID: [Int]] = [:]
    for (index, dependency) in reader.dependencies.enumerated() {
      needs[dependency.user, default: []].append(index)
      if let target = dependency.target { users[target, default: []].append(index) }
    }
    self.topology = topology
    self.needs = needs
    self.users = users
    dependencies = reader.dependencies
    unreadable = reader.unreadable
  }

  /// What the node itself asks for, not what nodes below it do.
  public func needs(of id: DeviceTree.NodeID) -> [Dependency] { (needs[id] ?? []).map { dependencies[$0] } }

  /// Who names the node itself.
  public func users(of id: DeviceTree.NodeID) -> [Dependency] { (users[id] ?? []).map { dependencies[$0] } }

  /// What a device and everything below it asks for from outside of it.
  public func needs(ofDevice device: DeviceTree.NodeID) -> [Dependency] {
    let own = Set(topology.tree.walk(from: device))
    return topology.tree.walk(from: device).flatMap { needs(of: $0) }.filter { dependency in
      dependency.target.map { !own.contains($0) } ?? true
    }
  }

  /// Who outside of a device names it or a node below it.
  public func users(ofDevice device: DeviceTree.NodeID) -> [Dependency] {
    let own = Set(topology.tree.walk(from: device))
    return topology.tree.walk(from: device).flatMap { users(of: $0) }.filter { !own.contains($0.user) }
  }

  /// A device that another one cannot do without, and the first dependency that says so.
  public struct Requirement: Hashable, Sendable {
    public var device: DeviceTree.NodeID
    public var by: Dependency
    /// 1 for what the device itself needs, 2 for what that needs.
    public var depth: Int
  }

  /// Everything that a device needs, and what that needs, nearest first; each device once, the device itself left out.
  ///
  /// A device stands for the nodes in it. Buses above it, and what these need, are not counted in. Kinds that the caller does not
  /// follow are left out with all behind them: a graph's endpoints name each other, so that following them leads everywhere.
  public func closure(
    of device: DeviceTree.NodeID, following: (Dependency) -> Bool = { $0.kind != .graph }
  ) -> [Requirement] {
    var seen: Set = [device]
    var result: [Requirement] = []
    var frontier = [device]
    var depth = 1
    while !frontier.isEmpty {
      var next: [DeviceTree.NodeID] = []
      for current in frontier {
        for dependency in needs(ofDevice: current) where following(dependency) {
          guard let target = dependency.target else { continue }
          let provider = topology.device(of: target)
          guard seen.insert(provider).inserted else { continue }
          result.append(Requirement(device: provider, by: dependency, depth: depth))
          next.append(provider)
        }
      }
      frontier = next
      depth += 1
    }
    return result
  }
}

extension Topology {
  /// Every phandle of the tree. Costs a pass over all properties.
  public func dependencies() -> DependencyGraph { DependencyGraph(self) }
}
