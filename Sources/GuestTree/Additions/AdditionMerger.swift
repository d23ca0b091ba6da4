// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

/// Joins additions with the tree that a platform wrote, into a sink.
///
/// What the platform wrote keeps its order; added properties follow it in their node, and added nodes follow its nodes. So whatever was
/// counted in the platform's tree, the places of late values above all, still counts.
struct AdditionMerger<Sink: GuestTreeSink> {
  var sink: Sink
  private let platform: NodeList
  private let additions: Additions
  private var added: NodeList { additions.list }
  private var owners: [UInt32: Owner] = [:]

  /// The node that has a phandle, by its number.
  private enum Owner: Equatable {
    case platform(Int)
    case addition(Int)
  }

  /// What is still to be written; the next step is the last one. A list, because additions may be nested deeper than a stack.
  private enum Step {
    /// A node of the platform's, and what is added to it.
    case platform(Int, Int?)
    case addition(Int)
    case end
  }

  init(_ platform: NodeList, _ additions: Additions, into sink: Sink) {
    self.platform = platform
    self.additions = additions
    self.sink = sink
  }

  mutating func merge() throws(AdditionFault) {
    for (number, node) in platform.nodes.enumerated() {
      for property in node.properties {
        if let phandle = property.phandle { owners[phandle] = .platform(number) }
      }
    }
    var steps: [Step] = [.platform(0, 0)]
    while let step = steps.popLast() {
      switch step {
      case .platform(let number, let addition):
        try beginNode(platform.nodes[number].name)
        try writeProperties(of: number, addition)
        steps.append(.end)
        let children = platform.nodes[number].children
        if let addition {
          for child in added.nodes[addition].children.reversed()
          where platform.child(of: number, named: added.nodes[child].name) == nil {
            steps.append(.addition(child))
          }
        }
        for child in children.reversed() {
          steps.append(.platform(child, addition.flatMap { added.child(of: $0, named: platform.nodes[child].name) }))
        }
      case .addition(let number):
        guard !additions.isUnfounded(number) else { throw .unfounded(added.spot(number)) }
        try beginNode(added.nodes[number].name)
        for property in added.nodes[number].properties { try add(property, of: number, for: .addition(number)) }
        steps.append(.end)
        for child in added.nodes[number].children.reversed() { steps.append(.addition(child)) }
      case .end: try endNode()
      }
    }
  }

  /// Writes what the platform says of a node, and then what is added to it.
  private mutating func writeProperties(of number: Int, _ addition: Int?) throws(AdditionFault) {
    guard let addition else {
      for property in platform.nodes[number].properties { try write(property) }
      return
    }
    var pending: [[UInt8]: NodeList.Property] = [:]
    for property in added.nodes[addition].properties { pending[property.name] = property }
    for property in platform.nodes[number].properties {
      let other = pending.removeValue(forKey: property.name) ?? property
      guard other.value == property.value || number == 0 && Self.isReplaceable(property.name) else {
        throw .contradicts(added.spot(addition, property.name))
      }
      try write(other)
    }
    for property in added.nodes[addition].properties where pending[property.name] != nil {
      try add(property, of: addition, for: .platform(number))
    }
  }

  /// What says which machine this is, and nothing of how it is made.
  private static func isReplaceable(_ name: [UInt8]) -> Bool {
    name.isSame(as: "model") || name.isSame(as: "compatible")
  }

  private mutating func add(
    _ property: NodeList.Property, of addition: Int, for owner: Owner
  ) throws(AdditionFault) {
    if let phandle = property.phandle {
      switch owners[phandle] {
      case .platform(let other) where owner != .platform(other):
        throw .phandleTaken(phandle, added.spot(addition), by: platform.path(of: other))
      case .addition(let other) where owner != .addition(other):
        throw .phandleTaken(phandle, added.spot(addition), by: added.path(of: other))
      default: owners[phandle] = owner
      }
    }
    try write(property)
  }

  // MARK: The sink

  private mutating func beginNode(_ name: [UInt8]) throws(AdditionFault) {
    try AdditionFault.reading { () throws(FlattenedTreeError) in unsafe try sink.beginNode(name.span.bytes) }
  }

  private mutating func write(_ property: NodeList.Property) throws(AdditionFault) {
    try AdditionFault.reading { () throws(FlattenedTreeError) in
      unsafe try sink.property(property.name.span.bytes, property.value.span.bytes)
    }
  }

  private mutating func endNode() throws(AdditionFault) {
    try AdditionFault.reading { () throws(FlattenedTreeError) in try sink.endNode() }
  }
}
