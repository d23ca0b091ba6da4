// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let eventChannels = Rule(
    "event-channels", "static event channels that Xen cannot connect", releases: .since(4, 17),
    effects: [
      Effect("bad", xen417: .panics("could not find remote evtchn phandle")),
      Effect("bad-port", xen417: .panics("evtchn_alloc_unbound() failure")),
      Effect("bad-back", xen417: .panics("xen,evtchn property is not setup correctly.")),
      Effect("bad-large", xen417: .panics("evtchn_alloc_unbound() failure (Error -28)")),
      Effect("bad-name", xen417: .boots),
      Effect("bad-value", xen417: .panics("Could not set up domains evtchn")),
    ],
    explanation: """
      Two nodes that are compatible with "xen,evtchn-v1" make the two ends of an event channel. Each has a port of its \
      own domain, which nobody else takes, and the phandle of the other end: xen,evtchn = <10 &other>. Otherwise Xen \
      stops with "Could not set up domains evtchn".
      """
  ) { subject in
    let ends = subject.children(compatible: "xen,evtchn-v1")
    var byPhandle: [UInt32: DeviceTree.NodeID] = [:]
    for node in ends {
      if let phandle = (subject.tree[node, "phandle"] ?? subject.tree[node, "linux,phandle"])?.cell {
        byPhandle[phandle] = node
      }
    }
    var ports: [Port: DeviceTree.NodeID] = [:]
    var findings: [Finding] = subject.children(compatible: "xen,evtchn").map { node in
      Finding(
        "\(subject.tree.path(of: node)) is compatible with \"xen,evtchn\", which Xen does not know",
        at: subject.place(node),
        level: .warning, hint: "write \"xen,evtchn-v1\"")
    }
    for node in ends {
      let path = subject.tree.path(of: node)
      let place = subject.place(node, property: "xen,evtchn")
      guard let cells = subject.tree[node, "xen,evtchn"]?.cells, cells.count == 2,
        let parent = subject.tree[node].parent
      else {
        findings.append(Finding("\(path) has no xen,evtchn of a port and the phandle of the other end", at: place))
        continue
      }
      if cells[0] == 0 || cells[0] >= XenLimits.guestEventChannels {
        findings.append(
          Finding(
            "the port of \(path) is \(cells[0]), and a domain has the ports 1 to \(XenLimits.guestEventChannels - 1)",
            at: place))
      } else if let other = ports[Port(domain: parent, number: cells[0])] {
        findings.append(
          Finding(
            "\(path) takes port \(cells[0]) of \(subject.tree[parent].name) a second time", at: place,
            notes: [.init("the first time is here", at: subject.place(other, property: "xen,evtchn"))]))
      }
      ports[Port(domain: parent, number: cells[0])] = node
      guard let peer = byPhandle[cells[1]] else {
        findings.append(
          Finding(
            "the other end of \(path), phandle \(hex(cells[1])), is no node that is compatible with \"xen,evtchn-v1\"",
            at: place))
        continue
      }
      guard let back = subject.tree[peer, "xen,evtchn"]?.cells, back.count == 2, byPhandle[back[1]] != node else {
        continue
      }
      findings.append(
        Finding(
          "\(path) names \(subject.tree.path(of: peer)) as its other end, which names another one", at: place,
          notes: [.init("that is here", at: subject.place(peer, property: "xen,evtchn"))]))
    }
    return findings
  }

  private struct Port: Hashable {
    var domain: DeviceTree.NodeID
    var number: UInt32
  }
}
