// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics
internal import FlattenedTree
internal import Foundation

/// Reads a device tree from any of its forms.
enum HostReader {
  static func isBlob(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xD0, 0x0D, 0xFE, 0xED]) }

  /// - Parameter what: what the file is, with its name.
  /// - Throws: `device-tree-format`.
  static func requireBlob(_ bytes: [UInt8], _ what: String, at place: Place) throws(Failure) {
    guard isBlob(bytes) else {
      throw Failure(.error("device-tree-format", "\(what) is no flattened device tree", at: place))
    }
  }

  /// The bytes of a file, or the tree that a directory holds as a blob.
  static func read(_ path: String, what: String, at place: Place, _ diagnostics: inout [Diagnostic]) throws(Failure)
    -> [UInt8]
  {
    guard path != "-", TreeDirectory.exists(at: path) else { return try InputFile.read(path, what: what, at: place) }
    var directory = TreeDirectory(path)
    defer { diagnostics += directory.diagnostics }
    return try directory.blob()
  }

  /// A tree from a blob; its labels come back from `/__symbols__`.
  static func tree(blob: [UInt8], file: String) throws(Failure) -> DeviceTree {
    do throws(FlattenedTreeError) {
      var tree = try DeviceTree(blob: blob)
      tree.adoptSymbols()
      return tree
    } catch {
      throw Failure(.error("tree-format", "\(error)", at: Place(file: file)))
    }
  }
}
