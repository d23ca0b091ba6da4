// SPDX-License-Identifier: Apache-2.0
public import FlattenedTree

/// Why ``Guest/additions`` or ``Guest/model`` cannot be joined with the tree that a platform writes.
///
/// Paths are full; ``Spot/property`` is nil for a node.
public enum AdditionFault: Error, Equatable, Sendable {
  /// A node or a property in a tree.
  public struct Spot: Hashable, Sendable {
    public var path: [UInt8]
    public var property: [UInt8]?

    public init(path: [UInt8], property: [UInt8]? = nil) {
      self.path = path
      self.property = property
    }
  }

  /// They are no sound blob, or the tree became too large.
  case unreadable(FlattenedTreeError)
  /// The hypervisor writes the tree itself, and nobody can add to it.
  case notTaken
  /// They are an overlay; what is added is the tree that it would leave, from its root.
  case isOverlay
  /// They reserve memory. The block of reservations is the platform's; `/reserved-memory` is for others.
  case reservesMemory
  /// A name stands twice in one node.
  case twice(Spot)
  /// The platform writes that property, with another value.
  case contradicts(Spot)
  /// A property that says what the guest's own description says: command line, ramdisk, the model where it is given.
  case describedElsewhere(Spot)
  /// RAM or a CPU that the guest has not.
  case unfounded(Spot)
  /// A phandle that another node has already.
  case phandleTaken(UInt32, Spot, by: [UInt8])
}

#if !hasFeature(Embedded)
  extension AdditionFault.Spot: CustomStringConvertible {
    /// `/chosen`, or `bootargs of /chosen`.
    public var description: String {
      let path = String(decoding: path, as: UTF8.self)
      return property.map { "\(String(decoding: $0, as: UTF8.self)) of \(path)" } ?? path
    }
  }

  extension AdditionFault: CustomStringConvertible {
    /// What is wrong, without a full stop.
    public var description: String {
      switch self {
      case .unreadable(let fault): "the additions to the tree are broken: \(fault)"
      case .notTaken: "Xen writes this guest's tree itself, and takes nothing but a partial tree"
      case .isOverlay: "the additions to the tree are an overlay"
      case .reservesMemory: "the additions to the tree reserve memory in the blob's own list, which is the platform's"
      case .twice(let spot): "the additions to the tree have \(spot) twice"
      case .contradicts(let spot):
        "the additions to the tree have \(spot), which the platform writes with another value"
      case .describedElsewhere(let spot):
        "the additions to the tree have \(spot), which follows from the guest's description"
      case .unfounded(let spot):
        "the additions to the tree have \(spot), RAM or a CPU that the guest would look for and not find"
      case .phandleTaken(let phandle, let spot, let other):
        "the additions to the tree give \(spot) the phandle 0x\(String(phandle, radix: 16)), which \(String(decoding: other, as: UTF8.self)) has already"
      }
    }

    /// What to change, in a few words.
    public var hint: String? {
      switch self {
      case .unreadable, .twice: nil
      case .notTaken: "put devices below /passthrough of the partial tree"
      case .isOverlay: "leave out /plugin/ and write the nodes from the root"
      case .reservesMemory: "use a node in /reserved-memory"
      case .contradicts: "of what the platform writes, model and compatible of the root alone can be replaced"
      case .describedElsewhere(let spot) where spot.path.count == 1: "give the model in one of the two"
      case .describedElsewhere: "use the keys bootargs and ramdisk"
      case .unfounded: "use the keys memory, ram and cpus"
      case .phandleTaken: "give it a phandle of its own"
      }
    }
  }
#endif
