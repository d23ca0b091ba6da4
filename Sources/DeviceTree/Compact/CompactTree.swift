// SPDX-License-Identifier: Apache-2.0
package import CompactStorage
package import Diagnostics

/// A device tree as the compiler keeps it: nodes, properties, values and names each in one block of memory, names as
/// numbers.
///
/// It has one owner and is changed in place. A ``DeviceTree`` is made of one, and the other way round; nodes keep their
/// numbers then.
package struct CompactTree: ~Copyable {
  package typealias NodeID = DeviceTree.NodeID

  /// Numbers of other records are -1 where there is none.
  package struct Node: BitwiseCopyable {
    package var name: Symbol
    package var parent: Int32 = -1
    package var firstChild: Int32 = -1
    package var lastChild: Int32 = -1
    package var nextSibling: Int32 = -1
    package var previousSibling: Int32 = -1
    package var childCount: Int32 = 0
    package var firstProperty: Int32 = -1
    package var lastProperty: Int32 = -1
    package var propertyCount: Int32 = 0
    package var firstLabel: Int32 = -1
    package var firstBlock: Int32 = -1
    package var lastBlock: Int32 = -1
    /// Meaningful with ``hasLocation``.
    package var location = CompactTree.nowhere
    package var hasLocation = false
    package var hasLostChildren = false
    package var isOmittedIfUnreferenced = false
    /// Whether a source has deleted it. It keeps its place until all is read.
    package var isDeleted = false

    package init(name: Symbol) {
      self.name = name
    }
  }

  package struct Property: BitwiseCopyable {
    package var name: Symbol
    /// The node that has it, and the property behind it there.
    package var node: Int32
    package var next: Int32 = -1
    /// Its bytes in ``CompactTree/values``.
    package var start: Int
    package var count: Int
    /// How all of the bytes were written, when that is all that marks would say.
    package var form: PropertyValue.Form?
    /// Its marks in ``CompactTree/marks``.
    package var firstMark: Int32 = 0
    package var markCount: Int32 = 0
    package var firstLabel: Int32 = -1
    package var hasLocation = false
    package var isDeleted = false
    package var location = CompactTree.nowhere

    package init(name: Symbol, node: Int32, start: Int = 0, count: Int = 0) {
      self.name = name
      self.node = node
      self.start = start
      self.count = count
    }
  }

  /// What ``PropertyValue/Mark`` is, with its name as a symbol.
  package struct Mark: BitwiseCopyable {
    package enum Kind: UInt8, BitwiseCopyable {
      case label, form
      case phandleToLabel, phandleToPath, phandleOfLabel, phandleOfPath, pathToLabel, pathToPath
    }

    package var offset: Int
    package var kind: Kind
    package var form: PropertyValue.Form
    package var name: Symbol

    package init(_ kind: Kind, _ name: Symbol, offset: Int) {
      self.offset = offset
      self.kind = kind
      self.form = .bytes
      self.name = name
    }

    package init(_ form: PropertyValue.Form, offset: Int) {
      self.offset = offset
      self.kind = .form
      self.form = form
      self.name = .none
    }
  }

  /// A list of labels, or of blocks, goes from record to record.
  package struct Label: BitwiseCopyable {
    package var name: Symbol
    package var next: Int32
  }

  package struct Block: BitwiseCopyable {
    package var location: SourceLocation
    package var next: Int32
  }

  package static var nowhere: SourceLocation {
    SourceLocation(fileName: .unknown, line: 0, column: 0, endLine: 0, endColumn: 0)
  }

  package var names: NameTable
  package var nodes = Pool<Node>()
  package var properties = Pool<Property>()
  package var values = Pool<UInt8>()
  package var marks = Pool<Mark>()
  package var labels = Pool<Label>()
  package var blocks = Pool<Block>()
  package var reservations: [DeviceTree.Reservation] = []
  package var isPlugin = false
  package var bootCPU: UInt32 = 0
  package var strings = OverlayStrings()
  /// Children by parent and name, kept only for nodes with many that somebody has looked among: those have an entry of
  /// no name as well.
  var childIndex = NumberTable()

  /// A tree with an empty root.
  package init() {
    names = NameTable()
    nodes.append(Node(name: names.symbol(for: "")))
  }

  private init(names: consuming NameTable) {
    self.names = names
  }

  /// A tree without even a root, to stand in for one that somebody has taken.
  package static var placeholder: CompactTree { CompactTree(names: NameTable(expected: 0)) }
}
