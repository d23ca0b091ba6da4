// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics

extension Rule {
  static let duplicateDomainName = Rule(
    "duplicate-domain-name", "two domains have the same name",
    explanation: """
      The name of a domain is the name of its node. Two nodes of one name cannot both be found by path, and Xen keeps a kernel's \
      bootargs by the name: the second domain would get those of the first one.
      """
  ) { subject in
    var first: [String: DeviceTree.NodeID] = [:]
    return subject.guests.compactMap { guest in
      let name = subject.tree[guest].name
      guard let other = first[name] else {
        first[name] = guest
        return nil
      }
      return Finding(
        "two domains are called \(name)", at: subject.place(guest),
        notes: [.init("the first one is here", at: subject.place(other))])
    }
  }
}
