// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// Where a tree goes, as a blob or as a source.
struct TreeOutput: ParsableArguments {
  enum Format: String, CaseIterable, ExpressibleByArgument { case dts, dtb }

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "out"))
  var output = "-"

  @Option(help: "How to write the tree: dts or dtb.")
  var format: Format?

  /// - Parameters:
  ///   - blob: makes the blob.
  ///   - source: makes the source's text.
  func write(blob: () throws -> [UInt8], source: () throws -> String) throws {
    let isBlob = format.map { $0 == .dtb } ?? output.hasSuffix(".dtb")
    try Output.write(isBlob ? try blob() : Array(try source().utf8), to: output)
  }
}
