// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree

// A blob does not say which cells are phandles, and phandles are small numbers. What a binding that is not known here holds is
// told by what the property's name and the node have in common.
extension Topology {
  /// How a property of an unknown name would be laid out if its first cell were the phandle of that node; nil when nothing
  /// speaks for it.
  func shape(of property: String, naming target: DeviceTree.NodeID, cells: [UInt32]) -> DependencyProperty? {
    let stem = property.split(separator: ",").last.map(String.init) ?? property
    // foos and #foo-cells are made for each other, with or without a vendor in front.
    for counted in tree[target].properties where counted.name.hasPrefix("#") && counted.name.hasSuffix("-cells") {
      let provided = counted.name.dropFirst().dropLast(6)
      guard
        [property, stem].contains(where: { $0 == provided || $0 == provided + "s" || $0.hasSuffix("-\(provided)s") })
      else { continue }
      return DependencyProperty(kind: .other, form: .list(cells: counted.name, isOptional: false))
    }
    let words = Self.words(of: stem)
    if let last = words.last, Self.numbers.contains(last) || stem.hasSuffix("id") { return nil }
    let telling = Set(words).subtracting(Self.numbers).subtracting(Self.general)
    guard isAkin(target, to: telling) else { return nil }
    // Where every cell is the phandle of such a node it is a list of them.
    let isList = cells.allSatisfy { cell in node(phandle: cell).map { isAkin($0, to: telling) } ?? false }
    let isSystemController = tree[target, "compatible"]?.strings?.contains("syscon") ?? false
    return DependencyProperty(kind: isSystemController ? .syscon : .other, form: isList ? .plain : .head)
  }

  /// Whether a node's name, labels or compatible strings hold one of the words.
  private func isAkin(_ id: DeviceTree.NodeID, to words: Set<String>) -> Bool {
    func hasWord(_ text: some StringProtocol) -> Bool { Self.words(of: String(text)).contains(where: words.contains) }
    if hasWord(tree[id].baseName) || tree[id].labels.contains(where: { hasWord($0) }) { return true }
    // The vendor says nothing of what the node is.
    return tree[id, "compatible"]?.strings?.contains { hasWord($0.split(separator: ",").last ?? "") } ?? false
  }

  /// The words of a name, without digits, and without the plural's s.
  private static func words(of name: String) -> [String] {
    name.split { !$0.isLetter }.map { $0.count > 3 && $0.hasSuffix("s") ? String($0.dropLast()) : String($0) }
      .filter { $0.count > 2 }
  }

  /// Words that say nothing of what a node is.
  private static let general: Set<String> = ["controller", "control", "device", "node", "phandle", "handle"]

  /// Words of quantities: a name that ends in one holds a number.
  private static let numbers: Set<String> = [
    "address", "addres", "bit", "capacity", "cell", "channel", "clock", "config", "count", "current", "cycle", "delay",
    "depth", "div", "divider", "duration", "enable", "freq", "frequency", "gain", "height", "hw", "ids", "index",
    "interval",
    "latency", "length", "level", "limit", "line", "mask", "max", "microamp", "microsecond", "microvolt", "min", "mode",
    "msec", "mult", "num", "number", "offset", "ohm", "order", "percent", "period", "pin", "priority", "rchan", "range",
    "rate", "ratio",
    "resistor", "setting", "shift", "size", "skew", "speed", "strength", "tchan", "temp", "threshold", "time",
    "timeout",
    "timing", "trim", "type", "usec", "value", "version", "volt", "voltage", "width",
  ]
}
