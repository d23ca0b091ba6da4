// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Foundation
import Testing

@Suite struct JSONTests {
  @Test func aSourceKeepsItsFormsLabelsAndReferences() {
    let parsed = parse(
      name: "t.dts",
      bytes: Array(
        """
        /dts-v1/;
        r: /memreserve/ 0xffffffff00000000 0x1000;
        / {
          p: mixed = "a\\tb", "c", <1 0xffffffff>, /bits/ 16 <2>, /bits/ 64 <0x123456789abcdef0>, /bits/ 8 <3>, [0a 0b];
          empty;
          l: node { self = i: <&l>; };
        };
        """.utf8))
    var tree = parsed.tree
    tree.resolveReferences(keepingReferences: true)
    #expect(
      tree.jsonText() == """
        {
          "version": null,
          "bootCPU": 0,
          "plugin": false,
          "reservations": [
            {"address": "0xffffffff00000000", "size": "0x1000", "labels": ["r"]}
          ],
          "root": {"name": "", "properties": [
           {"name": "mixed", "labels": ["p"], "value": [{"strings": ["a\\tb", "c"]}, {"cells": [1, 4294967295]}, \
        {"cells16": [2]}, {"cells64": ["0x123456789abcdef0"]}, {"bytes": "03"}, {"bytes": "0a0b"}]},
           {"name": "empty", "value": []}
          ], "nodes": [
           {"name": "node", "labels": ["l"], "properties": [
             {"name": "self", "value": [{"cells": [1]}], "marks": [{"offset": 0, "label": "i"}, {"offset": 0, "phandle": "&l"}]},
             {"name": "phandle", "value": [{"cells": [1]}]}
            ], "nodes": []}
          ]}
        }

        """)
  }

  @Test func aReferenceStillOpenIsTold() {
    let tree = parse(name: "t.dts", bytes: Array("/dts-v1/;\n/plugin/;\n/ { p = &x, <&{/y}>; };".utf8)).tree
    #expect(
      tree.jsonText().contains(
        """
        {"name": "p", "value": [{"cells": [4294967295]}], "marks": \
        [{"offset": 0, "path": "&x"}, {"offset": 0, "phandle": "&{/y}"}]}
        """))
  }

  /// Values of which only the bytes are known.
  @Test(arguments: [
    ("p", "okay\0", #"{"strings": ["okay"]}"#),
    ("p", "abcdefg\0", #"{"strings": ["abcdefg"]}"#),
    ("p", "a b\0c d\0", #"{"bytes": "6120620063206400"}"#),
    ("p", "\0\0\0\u{1}", #"{"cells": [1]}"#),
    ("p", "\u{1}\u{2}\u{3}", #"{"bytes": "010203"}"#),
    // Four bytes that are an address of an OMAP and spell letters.
    ("p", "J0`\0", #"{"bytes": "4a306000"}"#),
    ("reg", "J0`\0", #"{"cells": [1244684288]}"#),
    ("reg", "off\0", #"{"cells": [1868981760]}"#),
    ("p", "off\0", #"{"strings": ["off"]}"#),
    ("model", "J0`\0", #"{"strings": ["J0`"]}"#),
    ("clock-names", "A B\0", #"{"strings": ["A B"]}"#),
    ("#x-cells", "abc\0", #"{"cells": [1633837824]}"#),
    ("p", "\0", #"{"bytes": "00"}"#),
  ])
  func bytesAreGivenAsWhatTheyCanOnlyBe(_ name: String, _ bytes: String, _ expected: String) {
    var tree = DeviceTree()
    tree.set(name, PropertyValue(bytes: Array(bytes.utf8)), on: tree.root)
    #expect(tree.jsonText().contains("{\"name\": \"\(name)\", \"value\": [\(expected)]}"))
  }

  @Test func aNodeNameCannotBreakOut() {
    var tree = DeviceTree()
    tree.addChild("a\"\\\n\u{1B}[0m\u{7F}\u{85}\u{A0}ü", to: tree.root)
    #expect(tree.jsonText().contains(#"{"name": "a\"\\\n\u001b[0m\u007f\u0085"# + "\u{A0}ü\""))
  }

  @Test func aHundredThousandLevelsStayLinear() {
    var tree = DeviceTree()
    var node = tree.root
    for _ in 0..<100_000 { node = tree.addChild("n", to: node) }
    #expect(tree.jsonText().utf8.count < 600 * 100_000)
  }

  /// Python reads the JSON and the blob, each by itself, and finds the same bytes in both.
  @Test(.enabled(if: boards != nil, "GROVE_BOARDS names no directory"))
  func pythonRebuildsTheBytesOfEveryBoard() throws {
    let root = try #require(boards)
    let names = try #require(FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String })
    let found = names.filter { $0.hasSuffix(".dtb") }.sorted()
    #expect(!found.isEmpty)
    #if DEBUG
      let step = 6
    #else
      let step = 1
    #endif
    let folder = NSTemporaryDirectory() + "grove-json-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var pairs: [String] = []
    for index in stride(from: 0, to: found.count, by: step) {
      let blob = "\(root)/\(found[index])"
      let json = "\(folder)/\(index).json"
      var tree = try DeviceTree(blob: [UInt8](Data(contentsOf: URL(fileURLWithPath: blob))))
      tree.adoptSymbols()
      tree.adoptFixups()
      try Data(tree.jsonText(version: 17).utf8).write(to: URL(fileURLWithPath: json))
      pairs += [blob, json]
    }
    #expect(try compare(pairs) == (0, ""))
    // The comparison sees a difference.
    pairs[1] = pairs[3]
    #expect(try compare(pairs).status == 1)
  }

  private func compare(_ pairs: [String]) throws -> (status: Int32, output: String) {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("JSON/compare.py").path
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script] + pairs
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}

private let boards = ProcessInfo.processInfo.environment["GROVE_BOARDS"]
