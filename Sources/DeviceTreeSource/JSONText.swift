// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

extension DeviceTree {
  /// The tree as JSON, with nothing lost: blob and JSON have the same nodes, properties and bytes in the same order.
  ///
  /// The text is one object. Lists are used where a tree has an order or may have a name twice; keys marked with ? are
  /// there only when there is something to say.
  ///
  ///     document    = { "version": NUMBER or null, "bootCPU": NUMBER, "plugin": BOOL, "reservations": [reservation], "root": node }
  ///     reservation = { "address": HEX, "size": HEX, "labels"?: [STRING] }
  ///     node        = { "name": STRING, "labels"?: [STRING], "properties": [property], "nodes": [node] }
  ///     property    = { "name": STRING, "labels"?: [STRING], "value": [run], "marks"?: [mark] }
  ///     run         = { "strings": [STRING] }   each with its terminating zero
  ///                 | { "cells": [NUMBER] }     big-endian, 32 bits each
  ///                 | { "cells16": [NUMBER] } | { "cells64": [HEX] }
  ///                 | { "bytes": "HEX DIGITS" } two for each byte
  ///     mark        = { "offset": NUMBER, "label": STRING }      a label inside the value
  ///                 | { "offset": NUMBER, "phandle": REFERENCE } the four bytes there are the phandle of that node
  ///                 | { "offset": NUMBER, "path": REFERENCE }    the path of that node belongs there, and takes no bytes yet
  ///     HEX         = "0x…", because not every reader of JSON keeps 64 bits of a number
  ///     REFERENCE   = "&label" or "&{/path}"
  ///
  /// The bytes of a value are those of its runs, one behind the other; a value without runs is empty. A source says how each value
  /// was written, and its runs are in that form. A blob does not: there a value is given as strings when every byte is printable
  /// and each string is ended, else as cells when its length is a multiple of four, else as bytes. Where letters could as well be
  /// cells (`4a 30 60 00`), the property's name decides if the specification gives it a type; else words such as `off` are strings, and
  /// what is still open is given as bytes.
  ///
  /// - Parameter version: the version of the blob that the tree was read from, when there was one.
  public func jsonText(version: UInt32? = nil) -> String {
    var printer = JSONPrinter(tree: self)
    printer.print(version: version)
    return printer.out.text
  }
}

/// Writes one tree as JSON. Each node and each property has a line of its own.
private struct JSONPrinter {
  let tree: DeviceTree
  var out = JSONWriter()

  init(tree: DeviceTree) {
    self.tree = tree
  }

  mutating func print(version: UInt32?) {
    out.write("{\n  \"version\": \(version.map { String($0) } ?? "null"),\n  \"bootCPU\": \(tree.bootCPU),\n")
    out.write("  \"plugin\": \(tree.isPlugin),\n  \"reservations\": [")
    var isFirst = true
    for entry in tree.reservations {
      out.write(isFirst ? "\n    " : ",\n    ")
      isFirst = false
      out.write("{\"address\": ")
      out.writeHex(entry.address)
      out.write(", \"size\": ")
      out.writeHex(entry.size)
      print(labels: entry.labels)
      out.write("}")
    }
    out.write(isFirst ? "],\n  \"root\": " : "\n  ],\n  \"root\": ")
    printNodes()
    out.write("\n}\n")
  }

  /// Goes through the tree without recursion: it may be deep.
  private mutating func printNodes() {
    var open: [DeviceTree.NodeID] = []
    var isFirstChild = true
    for id in tree.walk() {
      while let last = open.last, last != tree[id].parent {
        close(at: open.count, isLeaf: isFirstChild)
        open.removeLast()
        isFirstChild = false
      }
      if !open.isEmpty {
        out.write(isFirstChild ? "" : ",")
        out.newLine(open.count * 2 + 1)
      }
      begin(id, depth: open.count)
      open.append(id)
      isFirstChild = true
    }
    while !open.isEmpty {
      close(at: open.count, isLeaf: isFirstChild)
      open.removeLast()
      isFirstChild = false
    }
  }

  private mutating func begin(_ id: DeviceTree.NodeID, depth: Int) {
    let node = tree[id]
    out.write("{\"name\": ")
    out.writeQuoted(node.name.utf8)
    print(labels: node.labels)
    out.write(", \"properties\": [")
    var isFirst = true
    for property in node.properties {
      if !isFirst { out.write(",") }
      isFirst = false
      out.newLine(depth * 2 + 3)
      print(property)
    }
    if !isFirst { out.newLine(depth * 2 + 2) }
    out.write("], \"nodes\": [")
  }

  private mutating func close(at depth: Int, isLeaf: Bool) {
    if !isLeaf { out.newLine(depth * 2) }
    out.write("]}")
  }

  private mutating func print(labels: [String]) {
    guard !labels.isEmpty else { return }
    out.write(", \"labels\": [")
    for at in labels.indices {
      if at > 0 { out.write(", ") }
      out.writeQuoted(labels[at].utf8)
    }
    out.write("]")
  }

  private mutating func print(_ property: DeviceTree.Property) {
    out.write("{\"name\": ")
    out.writeQuoted(property.name.utf8)
    print(labels: property.labels)
    out.write(", \"value\": [")
    let runs = JSONRun.runs(of: property)
    for at in runs.indices {
      if at > 0 { out.write(", ") }
      print(runs[at], property.value.bytes[runs[at].bytes])
    }
    out.write("]")
    print(property.value.marks)
    out.write("}")
  }

  private mutating func print(_ marks: [PropertyValue.Mark]) {
    var isFirst = true
    for mark in marks {
      let (key, text): (String, String)
      switch mark.kind {
      case .form: continue
      case .label(let label): (key, text) = ("label", label)
      case .phandle(let reference), .phandleOf(let reference): (key, text) = ("phandle", reference.description)
      case .path(let reference): (key, text) = ("path", reference.description)
      }
      out.write(isFirst ? ", \"marks\": [" : ", ")
      isFirst = false
      out.write("{\"offset\": \(mark.offset), \"\(key)\": ")
      out.writeQuoted(text.utf8)
      out.write("}")
    }
    if !isFirst { out.write("]") }
  }

  private mutating func print(_ run: JSONRun, _ bytes: ArraySlice<UInt8>) {
    switch run.form {
    case .strings:
      out.write("{\"strings\": [")
      var isFirst = true
      for string in bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false) {
        if !isFirst { out.write(", ") }
        isFirst = false
        out.writeQuoted(string)
      }
      out.write("]}")
    case .bytes:
      out.write("{\"bytes\": \"")
      for byte in bytes { out.writeDigits(of: byte) }
      out.write("\"}")
    case .cells(let width):
      out.write(width == 4 ? "{\"cells\": [" : "{\"cells\(width * 8)\": [")
      for at in stride(from: bytes.startIndex, to: bytes.endIndex, by: width) {
        if at > bytes.startIndex { out.write(", ") }
        let number = bytes[at..<at + width].reduce(0) { $0 << 8 | UInt64($1) }
        if width == 8 { out.writeHex(number) } else { out.write(String(number)) }
      }
      out.write("]}")
    }
  }
}
