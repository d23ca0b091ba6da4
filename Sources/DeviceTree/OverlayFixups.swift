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
      for place in places { part.fill(phandle, in: place.reference) }
    }
  }

  /// Says once for all labels that there is nothing to look them up in.
  private mutating func complainOfNoSymbols(
    _ labels: [DeviceTree.Property], _ places: [OverlayPart.FixupPlace], of part: OverlayPart
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
    ofLabel label: String, _ symbols: DeviceTree.NodeID, for places: [OverlayPart.FixupPlace], of part: OverlayPart
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
    _ rule: String, _ what: String, _ places: [OverlayPart.FixupPlace], of part: OverlayPart, hint: String? = nil
  ) {
    guard let first = places.first else {
      report.error(rule, "the overlay refers to the label \(what)", at: Place(file: part.file), hint: hint)
      return
    }
    func place(_ at: OverlayPart.FixupPlace) -> Place {
      part.place(
        of: at.reference.node, property: part.tree[at.reference.node].properties[at.reference.property].name)
    }
    var notes = places.dropFirst().prefix(3).map {
      Diagnostic.Note("\($0.fragment) refers to it as well", at: place($0))
    }
    if places.count > 4 {
      notes.append(Diagnostic.Note("and so do \(places.count - 4) more places", at: Place(file: part.file)))
    }
    report.error(rule, "\(first.fragment) refers to the label \(what)", at: place(first), hint: hint, notes: notes)
  }
}

extension OverlayPart {
  struct FixupPlace {
    /// The name of the root's child that holds the place.
    let fragment: String
    let reference: Reference
  }

  /// The places that one property of `__fixups__` lists, as `path:property:offset`. Reports those that are not there.
  fileprivate mutating func places(of list: DeviceTree.Property, _ report: inout OverlayReport) -> [FixupPlace] {
    guard list.value.bytes.last == 0 else {
      hasUnresolved = true
      report.error(
        "overlay-fixup",
        "\(Self.fixups) has no list of strings for the label '\(list.name)', which would say where its phandle belongs",
        at: Place(file: file, node: "/\(Self.fixups)", property: list.name))
      return []
    }
    var places: [FixupPlace] = []
    for entry in list.value.bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false) {
      guard !report.isFull else { return places }
      if let place = place(of: entry, list.name, &report) {
        places.append(place)
      } else {
        hasUnresolved = true
      }
    }
    return places
  }

  private mutating func place(
    of entry: ArraySlice<UInt8>, _ label: String, _ report: inout OverlayReport
  ) -> FixupPlace? {
    let colon = UInt8(ascii: ":")
    let parts = entry.split(separator: colon, omittingEmptySubsequences: false)
    func fault(_ what: String) -> (String, Place) {
      let shown = String(decoding: entry.prefix(160), as: UTF8.self) + (entry.count > 160 ? "…" : "")
      return (
        "\(Self.fixups) puts the label '\(label)' at '\(shown)', \(what)",
        Place(file: file, node: "/\(Self.fixups)", property: label)
      )
    }
    func refuse(_ what: String) -> FixupPlace? {
      let (message, place) = fault(what)
      report.error("overlay-fixup", message, at: place)
      return nil
    }
    guard parts.count == 3, let path = String(validating: parts[0], as: UTF8.self),
      path.utf8.first == UInt8(ascii: "/"),
      let name = String(validating: parts[1], as: UTF8.self), !name.isEmpty, let offset = Self.number(parts[2])
    else { return refuse("and that is not of the form '/path:property:offset'") }
    guard case .found(let node) = names.resolve(path, in: tree) else {
      return refuse("and the overlay has no such node")
    }
    let fragment = fragmentName(in: path)
    guard let at = names.property(name, of: node, in: tree) else {
      return refuse("and that node of \(fragment) has no property '\(name)'")
    }
    let size = tree[node].properties[at].value.bytes.count
    guard size >= 4, offset <= size - 4 else {
      return refuse("and that property of \(fragment) has \(size) bytes, which leaves no room for a phandle there")
    }
    return FixupPlace(fragment: fragment, reference: Reference(node: node, property: at, offset: offset))
  }

  /// The first component of a path in the overlay.
  private func fragmentName(in path: String) -> String {
    path.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1).first.map { String(Substring($0)) } ?? "the root"
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
