// SPDX-License-Identifier: Apache-2.0
import CompactStorage
public import DeviceTree
public import Diagnostics

/// What came of reading sources.
public struct ParsedSource: Sendable {
  /// The tree; when there are errors, what could be read of it.
  public var tree: DeviceTree
  /// Everything that is wrong, in the order of the sources; last, what shows only in the whole tree.
  public var diagnostics: [Diagnostic]
  /// The texts that were read, for a ``DiagnosticPrinter`` to quote from. Put together anew at each call.
  public var sources: [SourceText] { texts.flatMap(\.texts) }
  var texts: [MarkedText]
}

/// What came of reading a source into the tree of the compiler. The memory of the parser goes with it.
package struct CompactSource: ~Copyable {
  private var parser: Parser

  fileprivate init(_ parser: consuming Parser) {
    self.parser = parser
  }

  package var diagnostics: [Diagnostic] { parser.diagnostics }
  package var sources: [SourceText] { parser.lexer.texts.flatMap(\.texts) }

  /// The tree, which can be had once.
  package mutating func takeTree() -> CompactTree {
    var tree = CompactTree.placeholder
    swap(&tree, &parser.tree)
    return tree
  }
}

/// Reads one source for whoever checks the tree: see
/// ``parse(_:into:resolvingReferences:leavingChecks:preprocessing:readFile:)`` with `leavingChecks`.
package func parseForChecks(name: String, bytes: [UInt8], readFile: @escaping FileReader) -> CompactSource {
  var parser = Parser(base: nil, preprocessing: .off, readFile: readFile)
  parser.leavesChecks = true
  parser.read(SourceText(name: name, bytes: bytes))
  parser.finish(resolvingReferences: false)
  return CompactSource(parser)
}

/// Reads device tree sources, one after the other, into one tree.
///
/// Each source is a whole one, with its `/dts-v1/;`. It is put on top of what is there already, as a later root block of one
/// source is put on top of an earlier one: nodes of one name are merged, a property set again keeps its place in the node, and
/// `&label { … }` extends a node that any earlier block has defined. References may also name nodes that come later.
///
/// Nesting and sizes have no limit but these: a source holds at most 2 GiB, `/include/` goes 64 deep, 10,000 files are
/// included, and reading stops at 100 errors.
///
/// - Parameters:
///   - sources: the texts, in order.
///   - base: the tree to begin with, such as a host tree read from a blob, with its labels.
///   - resolvingReferences: whether phandles and paths are put in place of references at once. Otherwise they stay marks
///     in the values, to be resolved by ``DeviceTree/DeviceTree/resolveReferences()`` when nothing more is changed.
///   - leavingChecks: whether everything that shows only in the tree is left for others to judge, who need the tree as it was
///     written: what is defined twice in one block then stands in the tree twice, nodes know their `blocks`, and neither
///     labels that stand twice, phandles nor references to what is not there are reported.
///   - preprocessing: whether lines for the C preprocessor are followed. By default they are where there are some.
///   - readFile: what `#include`, `/include/` and `/incbin/` get their files from. By default there are none.
public func parse(
  _ sources: [SourceText], into base: DeviceTree? = nil, resolvingReferences: Bool = false, leavingChecks: Bool = false,
  preprocessing: Preprocessing = .automatic, readFile: FileReader = refuseFiles
) -> ParsedSource {
  withoutActuallyEscaping(readFile) { readFile in
    var parser = Parser(base: base, preprocessing: preprocessing, readFile: readFile)
    parser.leavesChecks = leavingChecks
    for source in sources { parser.read(source) }
    parser.finish(resolvingReferences: resolvingReferences)
    return parser.result()
  }
}

/// Reads one device tree source. See ``parse(_:into:resolvingReferences:leavingChecks:preprocessing:readFile:)``.
public func parse(
  name: String, bytes: [UInt8], into base: DeviceTree? = nil, resolvingReferences: Bool = false,
  leavingChecks: Bool = false, preprocessing: Preprocessing = .automatic, readFile: FileReader = refuseFiles
) -> ParsedSource {
  parse(
    [SourceText(name: name, bytes: bytes)], into: base, resolvingReferences: resolvingReferences,
    leavingChecks: leavingChecks, preprocessing: preprocessing, readFile: readFile)
}

/// Reads what may stand between a property's `=` and its `;`, such as `<1 &label>, "text"`.
///
/// - Parameters:
///   - text: the value, without the `;`.
///   - location: where the text stands; every diagnostic names that place. Without it they name the text itself.
public func parseValue(
  _ text: String, at location: SourceLocation? = nil
) -> (value: PropertyValue, diagnostics: [Diagnostic]) {
  withoutActuallyEscaping(refuseFiles) { readFile in
    var parser = Parser(base: nil, readFile: readFile)
    let value = parser.readValue(SourceText(name: "value", bytes: Array(text.utf8)))
    var diagnostics = parser.diagnostics
    if let location {
      for index in diagnostics.indices { diagnostics[index].place = Place(location) }
    }
    return (value, diagnostics)
  }
}
