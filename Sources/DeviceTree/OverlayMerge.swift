// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

// Where fragments belong, what they bring, and the labels of it.

extension OverlayApplication {
  /// Where a fragment's target was looked for, and what came of it.
  private enum Search {
    case found(DeviceTree.NodeID)
    case notOneCell(count: Int)
    /// Still to be filled in by `__fixups__`.
    case open
    case noPhandle(UInt32)
    case noPath(String, OverlayNames.Resolution)
    case notText
    case nowhere
  }

  private mutating func search(_ fragment: OverlayPart.Fragment, of part: inout OverlayPart) -> Search {
    if let at = part.names.property("target", of: fragment.node, in: part.tree) {
      let value = part.tree[fragment.node].properties[at].value
      guard value.bytes.count == 4, let phandle = value.bytes.cell(at: 0) else {
        return .notOneCell(count: value.bytes.count)
      }
      guard phandle != .max else { return .open }
      return phandles[phandle].map { .found($0) } ?? .noPhandle(phandle)
    }
    guard let at = part.names.property("target-path", of: fragment.node, in: part.tree) else { return .nowhere }
    guard let path = part.tree[fragment.node].properties[at].value.bytes.leadingString else { return .notText }
    let resolution = names.resolve(path, in: tree)
    if case .found(let node) = resolution { return .found(node) }
    return .noPath(path, resolution)
  }

  /// Lets nodes that are in the base keep their phandles, where a fragment would give them one of the
  /// overlay's, and makes the overlay's references follow.
  ///
  /// What fragments add to each other is not looked at, as fdtoverlay does not: only nodes that the base
  /// has had before.
  mutating func keepPhandles(from part: inout OverlayPart) {
    guard part.hasPhandles else { return }
    var kept: [UInt32: UInt32] = [:]
    for fragment in part.fragments {
      part.redirectTarget(of: fragment, kept)
      guard case .found(let target) = search(fragment, of: &part) else { continue }
      var open = [(fragment.content, target)]
      while let (source, node) = open.popLast() {
        if let own = part.names.phandle(of: source, in: part.tree),
          let other = names.phandle(of: node, in: tree)
        {
          if kept[own] == nil { kept[own] = other }
          part.setPhandle(other, of: source)
        }
        var next = part.tree[source].firstChild
        while let child = next {
          next = part.tree[child].nextSibling
          if let match = names.child(of: node, named: part.tree[child].name, in: tree) {
            open.append((child, match))
          }
        }
      }
    }
    part.redirectReferences(kept)
  }

  // MARK: Merging

  mutating func merge(_ part: inout OverlayPart) {
    for at in part.fragments.indices {
      guard !report.isFull else { return }
      let search = search(part.fragments[at], of: &part)
      guard case .found(let target) = search else {
        complain(search, part.fragments[at], of: part)
        continue
      }
      part.fragments[at].target = .node(target)
      merge(part.fragments[at], of: part, into: target)
    }
  }

  private mutating func merge(
    _ fragment: OverlayPart.Fragment, of part: OverlayPart, into target: DeviceTree.NodeID
  ) {
    var open = [(fragment.content, target)]
    while let (source, node) = open.popLast() {
      for property in part.tree[source].properties {
        if OverlayPart.isPhandle(property.name) {
          setPhandle(property, on: node, from: source, fragment, of: part)
        } else {
          set(property, on: node)
        }
      }
      let known = open.count
      var next = part.tree[source].firstChild
      while let child = next {
        next = part.tree[child].nextSibling
        open.append((child, ensureChild(part.tree[child], of: node)))
      }
      open[known...].reverse()
    }
  }

  private mutating func setPhandle(
    _ property: DeviceTree.Property, on node: DeviceTree.NodeID, from source: DeviceTree.NodeID,
    _ fragment: OverlayPart.Fragment, of part: OverlayPart
  ) {
    let old = names.phandle(of: node, in: tree)
    set(property, on: node)
    let new = names.phandle(of: node, in: tree)
    guard old != new else { return }
    phandles.changed(node, from: old, to: new)
    guard let new, report.takesWarnings else { return }
    if let old {
      report.warning(
        "overlay-phandle",
        "\(part.name(of: fragment)) gives \(tree.path(of: node)) the phandle \(hex(new)) in place of \(hex(old)), "
          + "which an earlier fragment gave it: references to that find no node any more", at: part.place(of: source))
    }
    if let other = phandles[new], other != node {
      report.warning(
        "overlay-phandle",
        "\(part.name(of: fragment)) gives \(tree.path(of: node)) the phandle \(hex(new)), "
          + "which \(tree.path(of: other)) has as well",
        at: part.place(of: source))
    }
  }

  private mutating func complain(_ search: Search, _ fragment: OverlayPart.Fragment, of part: OverlayPart) {
    let name = part.name(of: fragment)
    func refuse(_ what: String, _ property: String?, hint: String? = nil) {
      report.error(
        "overlay-target", "\(name) \(what)", at: part.place(of: fragment.node, property: property), hint: hint)
    }
    switch search {
    case .found: break
    case .notOneCell(let count):
      refuse("has a target of \(count) bytes; a phandle is one cell of 4 bytes", "target")
    case .open:
      // The reason has been told.
      if part.hasUnresolved { break }
      refuse("has a target that nothing fills in: \(OverlayPart.fixups) does not name it", "target")
    case .noPhandle(let phandle):
      refuse("targets the phandle \(hex(phandle)), which no node of \(baseName) has", "target")
    case .noPath(let path, .missing(let component, let parent)):
      var children: [String] = []
      var next = tree[parent].firstChild
      while let child = next {
        children.append(tree[child].name)
        next = tree[child].nextSibling
      }
      let hint = report.hint(for: component, among: children)
      refuse(
        "targets '\(path)', and \(tree.path(of: parent)) of \(baseName) has no node '\(component)'", "target-path",
        hint: hint)
    case .noPath(let path, _):
      refuse("targets '\(path)', which is neither a full path nor an alias of \(baseName)", "target-path")
    case .notText:
      refuse("has a target path that is no text", "target-path")
    case .nowhere:
      refuse("has no target: neither 'target' nor 'target-path' is there", nil)
    }
  }
}

// MARK: - Labels

extension OverlayApplication {
  /// Enters the overlay's labels into the base's `/__symbols__`.
  mutating func addSymbols(of part: inout OverlayPart) {
    guard let own = part.names.child(of: part.tree.root, named: OverlayPart.symbols, in: part.tree) else { return }
    let symbols = ensureChild(DeviceTree.Node(name: OverlayPart.symbols), of: tree.root)
    let fragments = Dictionary(
      part.fragments.indices.map { (part.fragments[$0].node, $0) }, uniquingKeysWith: { first, _ in first })
    // What the paths of each fragment's labels begin with.
    var starts: [Int: [UInt8]] = [:]
    for symbol in part.tree[own].properties {
      guard !report.isFull else { return }
      let path = symbol.value.bytes
      guard path.first == UInt8(ascii: "/"), path.firstIndex(of: 0) == path.count - 1 else {
        refuse(symbol.name, "is no full path", part)
        continue
      }
      // Anything but /fragment/__overlay__ and what is below it is not merged.
      guard let slash = path[1...].firstIndex(of: UInt8(ascii: "/")) else { continue }
      let below = path[(slash + 1)...]
      let end = below.firstIndex(of: UInt8(ascii: "/")) ?? path.count - 1
      guard below[..<end].elementsEqual("__overlay__".utf8) else { continue }
      let name = String(decoding: path[1..<slash], as: UTF8.self)
      guard let node = part.names.child(of: part.tree.root, named: name, in: part.tree), let at = fragments[node] else {
        refuse(symbol.name, "is in '\(name)', which is no fragment", part)
        continue
      }
      guard case .node(let target) = part.fragments[at].target else {
        lostLabels.insert(symbol.name)
        continue
      }
      let start = starts[at] ?? Array(targetPath(of: part.fragments[at], target, part).utf8)
      starts[at] = start
      // A slash stands between the two even when the second is empty.
      let rest = end < path.count - 1 ? path[(end + 1)...] : path[end...]
      symbolTextLeft -= start.count + rest.count
      guard symbolTextLeft >= 0 else {
        report.error("overlay-limit", "the labels' paths are longer than 256 MiB together", at: Place(file: part.file))
        return
      }
      let value = PropertyValue(bytes: start + [UInt8(ascii: "/")] + rest)
      set(DeviceTree.Property(symbol.name, value, location: symbol.location), on: symbols)
    }
  }

  /// What the labels of a fragment begin with: the path of its target, as the fragment itself has it if it
  /// does.
  private func targetPath(
    of fragment: OverlayPart.Fragment, _ target: DeviceTree.NodeID, _ part: OverlayPart
  ) -> String {
    let node = part.tree[fragment.node]
    let written = node["target"] == nil ? node["target-path"]?.bytes.leadingString : nil
    let path = written ?? tree.path(of: target)
    return path == "/" ? "" : path
  }

  private mutating func refuse(_ label: String, _ what: String, _ part: OverlayPart) {
    report.error(
      "overlay-symbol", "the overlay's own label '\(label)' \(what)",
      at: Place(file: part.file, node: "/\(OverlayPart.symbols)", property: label))
  }
}
