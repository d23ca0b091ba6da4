// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// Graphs of ports and endpoints, such as those of cameras and displays.
extension TreeCheck {
  static let graph: InlineArray<_, TreeCheck> = [
    TreeCheck(.graphNodes, "graph_nodes", demands: "ports and endpoints are known by name or by remote-endpoint") {
      run in
      run.findPorts()
    },
    TreeCheck(
      .graphPort, "graph_port", after: .graphNodes,
      demands: "a port is called port and bears its reg as its unit address"
    ) { run in
      for node in run.order where run.facts[node].bus == .graphPort {
        run.checkGraphAddress(node)
        // The node that an overlay fills in has the name of another.
        if !run.isPlugin, !run.isBase("port", of: node) { run.report(node, "graph port node name should be 'port'") }
      }
    },
    TreeCheck(
      .graphEndpoint, "graph_endpoint", after: .graphNodes, demands: "endpoints name each other in remote-endpoint"
    ) { run in
      for node in run.order where run.busAbove(node) == .graphPort { run.checkEndpoint(node) }
    },
  ]
}

extension Inspection {
  fileprivate mutating func findPorts() {
    splitNames()
    let remote = tree.names.known("remote-endpoint")
    let endpoint = parts.known("endpoint")
    guard endpoint != .none || remote != .none else { return }
    for node in order {
      var child = facts[node].firstChild
      while child >= 0 {
        if facts[child].base == endpoint || properties.find(remote, in: child) != nil {
          facts[node].bus = .graphPort
          if node == Self.root {
            let name = name(child)
            report(node, "root node contains endpoint node '\(name)', potentially misplaced remote-endpoint property")
          }
        }
        child = facts[child].nextSibling
      }
    }
  }

  fileprivate mutating func checkGraphAddress(_ node: Int32) {
    guard let reg = find("reg", in: node), let parent = parent(node) else { return }
    guard length(reg) == 4, let number = cell(0, of: reg) else {
      return report(node, "graph node malformed 'reg' property")
    }
    if unitAddress(node) != hex(number) {
      report(node, "graph node unit address error, expected \"\(hex(number))\"")
    }
    let address = facts[parent].addressCells
    if address != 1 {
      report(node, find("#address-cells", in: node), "graph node '#address-cells' is \(address), must be 1")
    }
    let size = facts[parent].sizeCells
    if size != 0 {
      report(node, find("#size-cells", in: node), "graph node '#size-cells' is \(size), must be 0")
    }
  }

  fileprivate mutating func checkEndpoint(_ node: Int32) {
    checkGraphAddress(node)
    if isPlugin { return }
    if !isBase("endpoint", of: node) { report(node, "graph endpoint node name should be 'endpoint'") }
    guard let other = remoteEndpoint(of: node) else { return }
    if remoteEndpoint(of: other) != node {
      report(node, "graph connection to node '\(path: other)' is not bidirectional")
    }
  }

  private mutating func remoteEndpoint(of node: Int32) -> Int32? {
    guard let property = find("remote-endpoint", in: node) else { return nil }
    let phandle = cell(0, of: property) ?? 0
    // As elsewhere, 0 and -1 say that there is none.
    guard phandle != 0, phandle != .max else { return nil }
    guard let other = phandles[UInt64(phandle)] else {
      report(property, "graph phandle is not valid")
      return nil
    }
    return other
  }
}
