// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics
internal import FlattenedTree
internal import Foundation

/// Reads a device tree from any of its forms.
enum HostReader {
  static func isBlob(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xD0, 0x0D, 0xFE, 0xED]) }

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
