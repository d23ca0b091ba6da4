// SPDX-License-Identifier: Apache-2.0

// A tree kept as a directory, as Linux shows its own in /proc/device-tree: a directory is a node, a file is a property.

extension DeviceTree {
  /// What a directory holds under one name.
  public struct DirectoryEntry: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
      /// A directory.
      case node
      /// A file, whose content is the value.
      case property
    }

    public var name: String
    public var kind: Kind

    public init(_ name: String, _ kind: Kind) {
      self.name = name
      self.kind = kind
    }
  }

  /// In which order nodes and properties of a directory are taken.
  public enum DirectoryOrder: Hashable, Sendable {
    /// As they are listed. A file system lists them in an order of its own, which says nothing of the tree that they were
    /// made from and differs between machines; dtc takes them in this order.
    case asListed
    /// By name, byte for byte, so that equal directories give equal trees.
    case byName
  }

  /// How much of a directory is read before it is taken for something else than a device tree.
  public struct DirectoryLimits: Hashable, Sendable {
    /// How many directories may stand in one another.
    public var depth = 64
    /// How many nodes and properties there may be in all.
    public var entries = 1_000_000
    /// How many bytes the values may have in all.
    public var bytes = 64 << 20

    public init() {}
  }

  /// Why a directory is no device tree.
  public enum DirectoryError<Reason: Error>: Error {
    /// Something in it could not be read.
    case unreadable(Reason)
    /// More directories stand in one another than are allowed; the path is that of the first that is too deep.
    case tooDeep(path: String, limit: Int)
    /// There are more nodes and properties than are allowed.
    case tooManyEntries(limit: Int)
    /// The values have more bytes than are allowed; the path is that of the one that passes the limit.
    case tooLarge(path: String, limit: Int)
  }

  /// Reads a tree that is kept as a directory.
  ///
  /// A file `name` that only says its directory's name up to the `@` is left out, as dtc does. The boot CPU is the first in
  /// `/cpus`, which a directory does not say.
  ///
  /// - Parameters:
  ///   - order: The order of nodes among nodes and of properties among properties.
  ///   - limits: Where to give up.
  ///   - list: Gives the entries of the directory of a node, which is named by its path from the tree's root, `/` for itself.
  ///   - read: Gives the content of a file, named by its path as well. When it has more than that many bytes, it is enough
  ///     to give one byte more.
  public init<Reason: Error>(
    order: DirectoryOrder, limits: DirectoryLimits = DirectoryLimits(),
    list: (_ path: String) throws(Reason) -> [DirectoryEntry],
    read: (_ path: String, _ limit: Int) throws(Reason) -> [UInt8]
  ) throws(DirectoryError<Reason>) {
    self.init()
    var entries = 0
    var bytes = 0
    // Each directory with the node that it becomes, its path with a slash at the end, and how many it stands in.
    var pending = [(node: root, path: "/", depth: 0)]
    while let (node, path, depth) = pending.popLast() {
      var listed: [DirectoryEntry]
      do { listed = try list(depth == 0 ? path : String(path.dropLast())) } catch { throw .unreadable(error) }
      entries += listed.count
      guard entries <= limits.entries else { throw .tooManyEntries(limit: limits.entries) }
      if order == .byName { listed.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }
      let first = pending.count
      for entry in listed {
        switch entry.kind {
        case .node:
          guard depth < limits.depth else { throw .tooDeep(path: path + entry.name, limit: limits.depth) }
          pending.append((addChild(entry.name, to: node), path + entry.name + "/", depth + 1))
        case .property:
          let value: [UInt8]
          do { value = try read(path + entry.name, limits.bytes - bytes) } catch { throw .unreadable(error) }
          guard value.count <= limits.bytes - bytes else {
            throw .tooLarge(path: path + entry.name, limit: limits.bytes)
          }
          bytes += value.count
          self[node].properties.append(Property(entry.name, PropertyValue(bytes: value)))
        }
      }
      // The first directory is the next to be read.
      pending[first...].reverse()
    }
    removeNameProperties()
    bootCPU = firstCPU
  }
}

extension DeviceTree.DirectoryError: CustomStringConvertible {
  /// The reason as a sentence without its full stop.
  public var description: String {
    switch self {
    case .unreadable(let reason): "\(reason)"
    case .tooDeep(let path, let limit): "\(path) is more than \(limit) directories deep"
    case .tooManyEntries(let limit): "the directory holds more than \(limit) nodes and properties"
    case .tooLarge(let path, let limit): "with \(path), the values have more than \(limit >> 20) MiB"
    }
  }
}
