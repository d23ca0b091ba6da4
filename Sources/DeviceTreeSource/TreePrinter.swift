// SPDX-License-Identifier: Apache-2.0
package import CompactStorage
public import DeviceTree

extension DeviceTree {
  /// The tree as a source: one property a line, tabs for depth, a blank line before each node.
  ///
  /// Reading it gives the same tree, unless names hold what no source can write.
  public func sourceText(_ style: SourceStyle = SourceStyle()) -> String {
    var printer = TreePrinter(style)
    printer.print(CompactTree(self))
    return printer.out.text
  }
}

extension CompactTree {
  /// The tree as a source, in UTF-8: see ``DeviceTree/DeviceTree/sourceText(_:)``.
  package func sourceBytes(_ style: SourceStyle) -> Pool<UInt8> {
    var printer = TreePrinter(style)
    printer.print(self)
    return printer.finish()
  }
}

/// Writes one tree.
struct TreePrinter: ~Copyable {
  let style: SourceStyle
  var out = TextWriter()
  /// Whether the value that is being written has something already.
  var hasElements = false

  init(_ style: SourceStyle) {
    self.style = style
  }

  consuming func finish() -> Pool<UInt8> { out.finish() }

  mutating func print(_ tree: borrowing CompactTree) {
    out.reserve(tree.values.count * 4 + tree.properties.count * 16)
    out.write(tree.isPlugin ? "/dts-v1/;\n/plugin/;\n\n" : "/dts-v1/;\n\n")
    for reservation in tree.reservations { print(reservation) }
    var depth = 0
    var current: Int32 = 0
    open(current, depth, tree)
    while true {
      if tree.nodes[current].firstChild >= 0 {
        current = tree.nodes[current].firstChild
        depth += 1
        out.write("\n")
        open(current, depth, tree)
        continue
      }
      close(current, depth, tree)
      while tree.nodes[current].nextSibling < 0 {
        guard tree.nodes[current].parent >= 0 else {
          printRootLabels(tree)
          return
        }
        current = tree.nodes[current].parent
        depth -= 1
        close(current, depth, tree)
      }
      current = tree.nodes[current].nextSibling
      out.write("\n")
      open(current, depth, tree)
    }
  }

  private mutating func print(_ reservation: DeviceTree.Reservation) {
    for label in reservation.labels {
      unsafe Array(label.utf8).withUnsafeBufferPointer { unsafe out.writeName($0) }
      out.write(": ")
    }
    out.write("/memreserve/\t0x")
    out.writeHex(reservation.address, digits: 16)
    out.write(" 0x")
    out.writeHex(reservation.size, digits: 16)
    out.write(";\n")
  }

  private mutating func printLabels(_ list: Int32, _ tree: borrowing CompactTree) {
    var label = list
    while label >= 0 {
      out.writeName(tree.labels[label].name, of: tree.names)
      out.write(": ")
      label = tree.labels[label].next
    }
  }

  private mutating func open(_ node: Int32, _ depth: Int, _ tree: borrowing CompactTree) {
    out.indent(depth)
    if tree.nodes[node].isOmittedIfUnreferenced, !style.isLikeDtc { out.write("/omit-if-no-ref/ ") }
    if depth == 0 {
      out.write("/")
    } else {
      printLabels(tree.nodes[node].firstLabel, tree)
      out.writeName(tree.nodes[node].name, of: tree.names)
    }
    out.write(" {")
    let remarks = style.remarks.isEmpty ? nil : style.remarks[path(of: node, tree)]
    remark(remarks?[""])
    annotateBlocks(of: node, tree)
    // A node that no source wrote, such as the fragment around a block, has no properties that one wrote.
    let isWritten = tree.nodes[node].firstBlock >= 0
    var property = tree.nodes[node].firstProperty
    while property >= 0 {
      let text = remarks.flatMap { $0[tree.names[tree.properties[property].name]] }
      print(property, depth + 1, isWritten: isWritten, remark: text, tree)
      property = tree.properties[property].next
    }
  }

  private mutating func close(_ node: Int32, _ depth: Int, _ tree: borrowing CompactTree) {
    out.indent(depth)
    out.write("};")
    annotateBlocks(of: node, isEnd: true, tree)
  }

  private mutating func print(
    _ property: Int32, _ depth: Int, isWritten: Bool, remark text: String?, _ tree: borrowing CompactTree
  ) {
    out.indent(depth)
    printLabels(tree.properties[property].firstLabel, tree)
    out.writeName(tree.properties[property].name, of: tree.names)
    let start = out.count
    out.write(" = ")
    let behindEquals = out.count
    printValue(property, tree)
    if out.count == behindEquals { out.truncate(to: start) }
    out.write(";")
    remark(text)
    if style.annotation == .none {
      out.write("\n")
    } else {
      let isPlaced = isWritten && tree.properties[property].hasLocation
      annotate(isPlaced ? [tree.properties[property].location] : [])
    }
  }

  private mutating func remark(_ text: String?) {
    guard let text else { return }
    // Nothing in it may end the comment.
    out.write(" /* ")
    out.write(string: text.replacing("*/", with: "* /"))
    out.write(" */")
  }

  private func path(of node: Int32, _ tree: borrowing CompactTree) -> String {
    var names: [String] = []
    var current = node
    while tree.nodes[current].parent >= 0 {
      names.append(tree.names[tree.nodes[current].name])
      current = tree.nodes[current].parent
    }
    return "/" + names.reversed().joined(separator: "/")
  }

  /// The grammar has no place for labels before `/`.
  private mutating func printRootLabels(_ tree: borrowing CompactTree) {
    var label = tree.nodes[0 as Int32].firstLabel
    while label >= 0 {
      out.write("\n")
      out.writeName(tree.labels[label].name, of: tree.names)
      out.write(": &{/} {\n};\n")
      label = tree.labels[label].next
    }
  }
}
