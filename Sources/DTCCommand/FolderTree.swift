// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Glibc

/// A tree kept as a folder, as Linux shows its own in `/proc/device-tree`: a folder is a node, a file is a property.
///
/// Entries keep the order in which the system gives them, as dtc keeps it. Links are followed.
enum FolderTree {
  /// How deep folders are followed, so that a link to a folder around it comes to an end.
  static let depthLimit = 64

  struct Failure: Error {
    var message: String
  }

  static func read(_ path: String) throws(Failure) -> DeviceTree {
    var tree = DeviceTree()
    var pending = [(path: path, node: tree.root, depth: 0)]
    while let (path, node, depth) = pending.popLast() {
      guard depth <= depthLimit else { throw Failure(message: "\(path): folders are followed \(depthLimit) deep") }
      var folders: [(path: String, node: DeviceTree.NodeID, depth: Int)] = []
      for name in try entries(path) {
        let entry = "\(path)/\(name)"
        switch Files.kind(entry) {
        case .folder: folders.append((entry, tree.addChild(name, to: node), depth + 1))
        case .regular:
          do throws(FileFailure) {
            let property = DeviceTree.Property(name, PropertyValue(bytes: try Files.read(entry)))
            tree[node].properties.append(property)
          } catch {
            // What only root may read, such as a key, does not stop the rest.
            DTC.say("WARNING: Cannot open \(entry): \(error.reason)\n")
          }
        case .other: break
        case nil: throw Failure(message: "\(entry): No such file or directory")
        }
      }
      pending += folders.reversed()
    }
    return tree
  }

  private static func entries(_ path: String) throws(Failure) -> [String] {
    guard let folder = unsafe opendir(path) else {
      throw Failure(message: "Couldn't opendir() \"\(path)\": \(FileFailure(errno).reason)")
    }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
