// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

extension DeviceTree {
  /// The tree as a source: one property a line, tabs for depth, a blank line before each node.
  ///
  /// Reading it gives the same tree, unless names hold what no source can write.
  public func sourceText(_ style: SourceStyle = SourceStyle()) -> String {
    var printer = TreePrinter(tree: self, style: style)
    printer.print()
    return printer.out.text
  }
}

/// Writes one tree.
struct TreePrinter {
  let tree: DeviceTree
  let style: SourceStyle
  var out = TextWriter()

  init(tree: DeviceTree, style: SourceStyle) {
    self.tree = tree
    self.style = style
  }

  mutating func print() {
    out.write(tree.isPlugin ? "/dts-v1/;\n/plugin/;\n\n" : "/dts-v1/;\n\n")
    for reservation in tree.reservations { print(reservation) }
    var depth = 0
    var current = tree.root
    open(current, depth)
    while true {
      if let child = tree[current].firstChild {
        current = child
        depth += 1
        out.write("\n")
        open(current, depth)
        continue
      }
      close(current, depth)
      while tree[current].nextSibling == nil {
        guard let parent = tree[current].parent else {
          printRootLabels()
          return
        }
        current = parent
        depth -= 1
        close(current, depth)
      }
      guard let sibling = tree[current].nextSibling else { return }
      current = sibling
      out.write("\n")
      open(current, depth)
    }
  }

  private mutating func print(_ reservation: DeviceTree.Reservation) {
    for label in reservation.labels { print(label) }
    out.write("/memreserve/\t0x")
    out.writeHex(reservation.address, digits: 16)
    out.write(" 0x")
    out.writeHex(reservation.size, digits: 16)
    out.write(";\n")
  }

  private mutating func print(_ label: String) {
    out.writeName(label)
    out.write(": ")
  }

  private mutating func open(_ id: DeviceTree.NodeID, _ depth: Int) {
    let node = tree[id]
    out.indent(depth)
    if node.isOmittedIfUnreferenced, !style.isLikeDtc { out.write("/omit-if-no-ref/ ") }
    if depth == 0 {
      out.write("/")
    } else {
      for label in node.labels { print(label) }
      out.writeName(node.name)
    }
    out.write(" {")
    let remarks = style.remarks.isEmpty ? nil : style.remarks[tree.path(of: id)]
    remark(remarks?[""])
    annotate(node)
    // A node that no source wrote, such as the fragment around a block, has no properties that one wrote.
    for property in node.properties {
      print(property, depth + 1, isWritten: !node.blocks.isEmpty, remark: remarks?[property.name])
    }
  }

  private mutating func close(_ id: DeviceTree.NodeID, _ depth: Int) {
    out.indent(depth)
    out.write("};")
    annotate(tree[id], isEnd: true)
  }

  private mutating func print(
    _ property: DeviceTree.Property, _ depth: Int, isWritten: Bool, remark text: String?
  ) {
    out.indent(depth)
    for label in property.labels { print(label) }
    out.writeName(property.name)
    var printer = ValuePrinter(value: property.value, isLikeDtc: style.isLikeDtc)
    swap(&printer.out, &out)
    let start = printer.out.bytes.count
    printer.out.write(" = ")
    let behindEquals = printer.out.bytes.count
    printer.print()
    swap(&printer.out, &out)
    if out.bytes.count == behindEquals { out.truncate(to: start) }
    out.write(";")
    remark(text)
    annotate(isWritten ? property.location.map { [$0] } ?? [] : [])
  }

  private mutating func remark(_ text: String?) {
    guard let text else { return }
    out.write(" /* ")
    out.write(text.replacing("*/", with: "* /"))
    out.write(" */")
  }

  /// The grammar has no place for labels before `/`.
  private mutating func printRootLabels() {
    for label in tree[tree.root].labels {
      out.write("\n")
      print(label)
      out.write("&{/} {\n};\n")
    }
  }
}
