// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Foundation
import XLConfig

/// A configuration of the tests' own.
func config(_ text: String) throws(Failure) -> XLConfig {
  try XLConfig(reading: SourceText(name: "g.cfg", bytes: Array(text.utf8)))
}

/// All that is said about a source, as a person sees it.
func said(about bytes: [UInt8], named name: String = "g.cfg") -> String {
  let source = SourceText(name: name, bytes: bytes)
  let printer = DiagnosticPrinter(sources: [source])
  do {
    return printer.text(try XLConfig(reading: source).warnings)
  } catch {
    return printer.text(error.diagnostics)
  }
}

func said(about text: String) -> String { said(about: Array(text.utf8)) }

/// Configurations that are wrong, each with what is said about it beside it.
enum WrongFiles {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Wrong")

  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".cfg") }.map { String($0.dropLast(4)) }.sorted()
  }()

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(name + ".cfg")))
  }

  static func expectation(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name + ".txt"), encoding: .utf8)
  }
}

/// Values as the tests write them: a text in quotes with \xHH for what is no printable ASCII, a list in brackets.
func notation(_ value: XLConfig.Value) -> String {
  if let bytes = value.bytes { return "\"" + escaped(bytes) + "\"" }
  return "[" + (value.elements ?? []).map(notation).joined(separator: ",") + "]"
}

func escaped(_ bytes: [UInt8]) -> String {
  bytes.map { byte in
    let isPlain = (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    return isPlain ? String(Unicode.Scalar(byte)) : String(format: "\\x%02X", Int(byte))
  }.joined()
}

/// Numbers that look like chance and are the same in every run.
struct Dice: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
