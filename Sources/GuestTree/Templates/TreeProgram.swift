// SPDX-License-Identifier: Apache-2.0

internal import FlattenedTree

/// A platform's templates, made ready to be written: a flat list of steps, and all names and constant values in one block of bytes.
///
/// It says what the templates say and no more. A platform makes it once, so that a guest's tree costs neither a walk through the
/// templates nor values put together that are always the same. Nothing of it changes, and each guest of the platform holds it:
/// hence a class, which is shared instead of copied.
final class TreeProgram: Sendable {
  /// Features as bits, by their places in ``TreeProgram/features``.
  typealias FeatureSet = UInt64

  /// A step, and when it is done.
  struct Line: Sendable {
    var step: Step
    var needs: FeatureSet
    var excludes: FeatureSet
    /// The line behind it and behind everything in it.
    var next = 0

    func holds(_ features: FeatureSet) -> Bool { needs & ~features == 0 && excludes & features == 0 }
  }

  enum Step: Sendable {
    /// Begins a node. What is in it follows, with ``Step/endNode(isHole:)`` at the end.
    case node(Node)
    case endNode(isHole: Bool)
    /// A property that is always the same: the number of its name, and its value in ``TreeProgram/bytes``.
    case constant(name: Int, Range<Int>)
    /// A property that is put together from ``TreeProgram/terms``.
    case property(name: Int, terms: Range<Int>)
    case fragment(Int)
    /// A CPU of the host's; what is added to its properties follows, and asks for these features.
    case hostCPU(Int, asks: FeatureSet)
  }

  struct Node: Sendable {
    /// Where the name is in ``TreeProgram/bytes``, as far as it is always the same.
    var name: Range<Int>
    /// What gives the unit address.
    var address: Fact?
    var repetition: Repetition
    var isHole: Bool
    /// What the node and everything in it ask for.
    var asks: FeatureSet = 0
  }

  let lines: [Line]
  let terms: [Term]
  /// What is asked for anywhere.
  let features: [Feature]
  /// The names of properties.
  let names: KnownNames
  let bytes: [UInt8]
  let fragments: [FragmentRules]
  let hostCPUs: [HostCPURules]

  init(_ root: NodeTemplate) {
    var draft = TreeProgramDraft()
    draft.add(root)
    lines = draft.lines
    terms = draft.terms
    features = draft.features
    names = KnownNames(draft.nameBytes, draft.names)
    bytes = draft.bytes
    fragments = draft.fragments
    hostCPUs = draft.hostCPUs
  }
}

/// A ``TreeProgram`` while it is made.
private struct TreeProgramDraft {
  typealias Line = TreeProgram.Line
  typealias FeatureSet = TreeProgram.FeatureSet

  var lines: [Line] = []
  var terms: [Term] = []
  var features: [Feature] = []
  /// The names of properties, and where each of them is.
  var nameBytes: [UInt8] = []
  var names: [Range<Int>] = []
  var bytes: [UInt8] = []
  var fragments: [FragmentRules] = []
  var hostCPUs: [HostCPURules] = []

  mutating func add(_ template: NodeTemplate) {
    let first = lines.count
    var node = TreeProgram.Node(name: 0..<0, address: nil, repetition: template.repetition, isHole: template.isHole)
    let start = bytes.count
    bytes.append(text: template.name.base)
    if let address = template.name.address {
      bytes.append(UInt8(ascii: "@"))
      switch address {
      case .number(let number): bytes.append(hexadecimal: number)
      case .fact(let fact): node.address = fact
      }
    }
    node.name = start..<bytes.count
    add(.node(node), when: template.conditions)
    for property in template.properties { add(property) }
    for part in template.children { add(part) }
    add(.endNode(isHole: template.isHole), when: [])
    node.asks = asks(from: first)
    lines[first].step = .node(node)
    lines[first].next = lines.count
  }

  private mutating func add(_ part: TreePart) {
    let first = lines.count
    switch part {
    case .node(let template): add(template)
    case .fragment(let rules):
      add(.fragment(fragments.count), when: [])
      fragments.append(rules)
    case .hostCPU(let rules):
      add(.hostCPU(hostCPUs.count, asks: 0), when: [])
      for property in rules.added { add(property) }
      lines[first].step = .hostCPU(hostCPUs.count, asks: asks(from: first))
      lines[first].next = lines.count
      hostCPUs.append(rules)
    }
  }

  private mutating func add(_ template: PropertyTemplate) {
    let name = number(of: template.name)
    let start = bytes.count
    for term in template.value {
      switch term {
      case .text(let text): bytes.append(text: text)
      case .string(let text):
        bytes.append(text: text)
        bytes.append(0)
      case .cell(let cell): bytes.append(cell: cell)
      case .number(let number): bytes.append(number: number)
      case .fact, .late:
        bytes.removeLast(bytes.count - start)
        terms += template.value
        add(.property(name: name, terms: terms.count - template.value.count..<terms.count), when: template.conditions)
        return
      }
    }
    add(.constant(name: name, start..<bytes.count), when: template.conditions)
  }

  private mutating func add(_ step: TreeProgram.Step, when conditions: [Condition]) {
    var line = Line(step: step, needs: 0, excludes: 0, next: lines.count + 1)
    for condition in conditions {
      switch condition {
      case .has(let feature): line.needs |= bit(of: feature)
      case .lacks(let feature): line.excludes |= bit(of: feature)
      }
    }
    lines.append(line)
  }

  private func asks(from first: Int) -> FeatureSet {
    var asks: FeatureSet = 0
    for line in lines[first...] { asks |= line.needs | line.excludes }
    return asks
  }

  private mutating func bit(of feature: Feature) -> FeatureSet {
    if let known = features.firstIndex(of: feature) { return 1 << FeatureSet(known) }
    precondition(features.count < FeatureSet.bitWidth, "more features than bits")
    features.append(feature)
    return 1 << FeatureSet(features.count - 1)
  }

  private mutating func number(of name: StaticString) -> Int {
    let known = name.withUTF8Buffer { units in
      names.firstIndex { range in
        guard range.count == units.count else { return false }
        for index in units.indices where unsafe units[index] != nameBytes[range.lowerBound + index] { return false }
        return true
      }
    }
    if let known { return known }
    let start = nameBytes.count
    nameBytes.append(text: name)
    names.append(start..<nameBytes.count)
    return names.count - 1
  }
}
