// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

// `__fixups__`: for each label of the base, where its node's phandle belongs in the overlay.

extension OverlayApplication {
  mutating func resolveFixups(of part: inout OverlayPart) {
    guard let fixups = part.names.child(of: part.tree.root, named: OverlayPart.fixups, in: part.tree),
      !part.tree[fixups].properties.isEmpty
    else { return }
    let symbols = names.child(of: tree.root, named: OverlayPart.symbols, in: tree)
    let labels = part.tree[fixups].properties
    for at in labels.indices {
      guard !report.isFull else { return }
      let places = part.places(of: labels[at], &report)
      guard let symbols else {
        if at == 0 { complainOfNoSymbols(labels, places, of: part) }
        part.hasUnresolved = true
        continue
      }
      guard let phandle = phandle(ofLabel: labels[at].name, symbols, for: places, of: part) else {
        part.hasUnresolved = true
        continue
      }
      for place in places { part.fill(phandle, in: place) }
    }
  }

  /// Says once for all labels that there is nothing to look them up in.
  private mutating func complainOfNoSymbols(
    _ labels: [DeviceTree.Property], _ places: [OverlayPart.Reference], of part: OverlayPart
  ) {
    let more =
      switch labels.count {
      case 1: ""
      case 2: "; the same goes for '\(labels[1].name)'"
      default: "; the same goes for \(labels.count - 1) more labels"
      }
    complain(
      "overlay-symbols", "'\(labels[0].name)', and \(baseName) has no /__symbols__ node to look it up in\(more)",
      places,
      of: part, hint: "compile the base tree with dtc -@, so that it keeps its labels")
  }

  /// The phandle of the base's node of that label. Reports why there is none.
  private mutating func phandle(
    ofLabel label: String, _ symbols: DeviceTree.NodeID, for places: [OverlayPart.Reference], of part: OverlayPart
  ) -> UInt32? {
    guard let at = names.property(label, of: symbols, in: tree) else {
      guard !lostLabels.contains(label) else { return nil }
      let hint = report.hint(for: label, among: tree[symbols].properties.lazy.map(\.name))
      complain("overlay-label", "'\(label)', which \(nobodyDefines)", places, of: part, hint: hint)
      return nil
    }
    guard let path = tree[symbols].properties[at].value.bytes.leadingString,
      case .found(let node) = names.resolve(path, in: tree)
    else {
      let path = tree[symbols].properties[at].value.bytes.leadingString ?? ""
      complain(
        "overlay-label",
        "'\(label)', which stands for '\(path)' in /__symbols__ of \(baseName), and no such node is there",
        places, of: part)
      return nil
    }
    guard let phandle = names.phandle(of: node, in: tree) else {
      complain(
        "overlay-label", "'\(label)', which is \(tree.path(of: node)) of \(baseName), and that node has no phandle",
        places,
        of: part, hint: "compile the base tree with dtc -@, so that every labelled node has one")
      return nil
    }
    return phandle
  }

  /// Reports a label at the first place that refers to it, with notes on some of the others.
  private mutating func complain(
    _ rule: String, _ what: String, _ places: [OverlayPart.Reference], of part: OverlayPart, hint: String? = nil
  ) {
    guard let first = places.first else {
      report.error(rule, "the overlay refers to the label \(what)", at: Place(file: part.file), hint: hint)
      return
    }
    func place(_ at: OverlayPart.Reference) -> Place {
      part.place(of: at.node, property: part.tree[at.node].properties[at.property].name)
    }
    var notes = places.dropFirst().prefix(3).map {
      Diagnostic.Note("\(part.fragmentName(of: $0.node)) refers to it as well", at: place($0))
    }
    if places.count > 4 {
      notes.append(Diagnostic.Note("and so do \(places.count - 4) more places", at: Place(file: part.file)))
    }
    report.error(
      rule, "\(part.fragmentName(of: first.node)) refers to the label \(what)", at: place(first), hint: hint,
      notes: notes)
  }
}

extension OverlayPart {
  /// The places that one property of `__fixups__` lists, as `path:property:offset`. Reports those that are
  /// not there.
  fileprivate mutating func places(of list: DeviceTree.Property, _ report: inout OverlayReport) -> [Reference] {
    let bytes = list.value.bytes
    guard bytes.last == 0 else {
      hasUnresolved = true
      report.error(
        "overlay-fixup",
        "\(Self.fixups) has no list of strings for the label '\(list.name)', which would say where its phandle belongs",
        at: Place(file: file, node: "/\(Self.fixups)", property: list.name))
      return []
    }
    var places: [Reference] = []
    var start = 0
    while let end = bytes[start...].firstIndex(of: 0), !report.isFull {
      switch place(of: bytes[start..<end]) {
      case .found(let place): places.append(place)
      case .missing(let what):
        hasUnresolved = true
        let entry = String(decoding: bytes[start..<min(end, start + 160)], as: UTF8.self)
        report.error(
          "overlay-fixup",
          "\(Self.fixups) puts the label '\(list.name)' at '\(entry)\(end - start > 160 ? "…" : "")', \(what)",
          at: Place(file: file, node: "/\(Self.fixups)", property: list.name))
      }
      start = end + 1
    }
    return places
  }

  private enum FixupPlace {
    case found(Reference)
    /// What is wrong with the entry.
    case missing(String)
  }

  private mutating func place(of entry: ArraySlice<UInt8>) -> FixupPlace {
    let colon = UInt8(ascii: ":")
    guard let afterPath = entry.firstIndex(of: colon),
      let afterName = entry[(afterPath + 1)...].firstIndex(of: colon), afterName > afterPath + 1,
      entry.first == UInt8(ascii: "/"), let path = String(validating: entry[..<afterPath], as: UTF8.self),
      let name = String(validating: entry[(afterPath + 1)..<afterName], as: UTF8.self),
      let offset = Self.number(entry[(afterName + 1)...])
    else { return .missing("and that is not of the form '/path:property:offset'") }
    guard case .found(let node) = names.resolve(path, in: tree) else {
      return .missing("and the overlay has no such node")
    }
    guard let at = names.property(name, of: node, in: tree) else {
      return .missing("and that node of \(fragmentName(of: node)) has no property '\(name)'")
    }
    let size = tree[node].properties[at].value.bytes.count
    guard size >= 4, offset <= size - 4 else {
      return .missing(
        "and that property of \(fragmentName(of: node)) has \(size) bytes, which leaves no room for a phandle there")
    }
    return .found(Reference(node: node, property: at, offset: offset))
  }

  /// The name of the fragment that a node is in.
  fileprivate func fragmentName(of node: DeviceTree.NodeID) -> String {
    var current = node
    while let parent = tree[current].parent, parent != tree.root { current = parent }
    return current == tree.root ? "the root" : tree[current].name
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty else { return nil }
    var number = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit), number <= Int(Int32.max) else { return nil }
      number = number * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return number
  }
}

extension [UInt8] {
  /// The text up to the first zero byte, or to the end; nil when it is not UTF-8.
  var leadingString: String? { String(validating: prefix { $0 != 0 }, as: UTF8.self) }
}
