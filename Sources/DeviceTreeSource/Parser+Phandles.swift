// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import Diagnostics

// What sources say about phandles.
extension Parser {
  /// A node's own `phandle` is one cell, neither 0 nor ffffffff, and no other node has it.
  ///
  /// Only nodes whose phandle a source sets are looked at: what a blob brings along is not the sources' fault.
  mutating func checkPhandles() {
    guard !phandleHolders.isEmpty else { return }
    var owners: [UInt32: NodeID] = [:]
    var holders: Set<NodeID> = []
    let inSourceOrder = phandleHolders.filter { holders.insert($0).inserted }
    for id in hasBase ? whole.order() : inSourceOrder where !tree[id].isDeleted && !hasGivenUp {
      var own: UInt32?
      for at in whole[id].properties.indices where whole[id].properties[at].isPhandle {
        guard let phandle = phandle(at, of: id, isNews: !hasBase || holders.contains(id)) else { continue }
        if let own, own != phandle {
          reportPhandle("'phandle' and 'linux,phandle' of a node differ", at, of: id)
        } else if own == nil, let first = owners[phandle], first != id {
          reportPhandle(
            "phandle 0x\(String(phandle, radix: 16)) belongs to '\(whole.path(of: first))' already", at,
            of: id,
            notes: [Diagnostic.Note("the first one", at: whole.place(of: first, property: "phandle"))])
        } else {
          owners[phandle] = id
        }
        own = phandle
      }
    }
  }

  /// The phandle that a property gives its node, when it gives a valid one.
  private mutating func phandle(_ at: Int, of id: NodeID, isNews: Bool) -> UInt32? {
    let value = whole[id].properties[at].value
    if value.hasReferences {
      if isNews { checkSelfReference(at, of: id) }
      return nil
    }
    guard let phandle = value.cell else {
      if isNews {
        reportPhandle("a phandle is one cell, this one has \(value.bytes.count) bytes", at, of: id)
      }
      return nil
    }
    guard phandle == 0 || phandle == .max else { return phandle }
    if isNews { reportPhandle("0x\(String(phandle, radix: 16)) is no phandle", at, of: id) }
    return nil
  }

  /// A node may refer to itself in its `phandle`, to get one, but to no other node.
  private mutating func checkSelfReference(_ at: Int, of id: NodeID) {
    for mark in whole[id].properties[at].value.marks {
      guard let reference = mark.kind.reference, let target = target(of: reference), target != id else {
        continue
      }
      reportPhandle("a node's phandle refers to another node, '\(whole.path(of: target))'", at, of: id)
    }
  }

  private mutating func target(of reference: Reference) -> NodeID? {
    switch reference {
    case .label(let label): node(labelled: symbol(for: label))
    case .path(let path): node(atReferencePath: path)
    }
  }

  private mutating func reportPhandle(
    _ message: String, _ at: Int, of id: NodeID, notes: [Diagnostic.Note] = []
  ) {
    let place = whole.place(of: id, property: whole[id].properties[at].name)
    append(.error(Rule.phandle.rawValue, message, at: place, notes: notes))
  }
}
