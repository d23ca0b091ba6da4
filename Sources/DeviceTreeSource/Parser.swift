// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import Diagnostics

/// Builds a tree from sources. Nesting is kept on an explicit stack, so that no depth of it costs stack.
struct Parser: ~Copyable {
  typealias NodeID = DeviceTree.NodeID

  /// Thrown where a statement cannot be read on. What is wrong has been reported.
  struct Stop: Error {}

  /// A node whose braces are open.
  struct Frame: BitwiseCopyable {
    var node: NodeID
    /// Whether the node is new here, so that nothing in it can come twice.
    var isNew: Bool
    var hasSubnodes = false
    /// Whether something was deleted in it that may come back.
    var hasPlaceholders = false
    /// Different for each frame: tells which names its properties have.
    var serial: Int32
    var start: Spot
    var end: Spot
    /// Where its `{` stands.
    var brace: Spot
    /// The column at which the node's text begins, labels included.
    var indentation: Int32
  }

  /// A `}` further left than the node that it closes: where one is missing, it is likely above the first of these.
  struct SuspectClose {
    var name: String
    var start: Spot
  }

  struct LabelSite: BitwiseCopyable {
    var label: Symbol
    var start: Spot
    var end: Spot
  }

  /// Where a reference was written. The value it stands in may have been replaced since.
  struct NameFacts: BitwiseCopyable {
    /// The node that carries the name as a label, -1 for none.
    var labelled: Int32 = -1
    /// The frame in which it was last a property's name, and that property.
    var seenInFrame: Int32 = -1
    var seenAt: Int32 = 0
    /// Whether it has been a label. Only when one has been twice the tree can hold it twice.
    var wasLabel = false
  }

  struct ReferenceSite: BitwiseCopyable {
    var node: NodeID
    var property: Symbol
    var offset: Int32
    var start: Spot
    var end: Spot
  }

  static let includeDepthLimit = 64
  static let includeLimit = 10_000
  static let errorLimit = 100
  /// For how many nodes at most memory is taken in advance.
  static let nodesReserved = 1 << 14
  /// From how many properties on a node gets an index by name.
  static let propertyIndexThreshold = 16

  var lexer = Lexer()
  var tree: CompactTree
  /// The tree as others know it, made when everything has been read, to be judged.
  lazy var whole = DeviceTree()
  var diagnostics: [Diagnostic] = []
  let readFile: FileReader

  var frames = Pool<Frame>(capacity: 16)
  var nextSerial: Int32 = 0
  var suspectClose: SuspectClose?
  let hasBase: Bool
  /// Whether what shows only in the tree is left for others to judge.
  var leavesChecks = false
  let phandleName: Symbol
  let oldPhandleName: Symbol
  let nodeName: Symbol
  var hasRoot = false
  /// Whether the source being read has had one.
  var hasRootBlock = false
  /// How many nodes of an overlay were made from `&label { … };`.
  var fragmentCount = 0
  /// Whether blocks were read that belong to no node of the tree.
  var hasDetachedNodes = false
  /// Labels in front of what comes next.
  var pendingLabels = Pool<LabelSite>()
  private(set) var labelSites = Pool<LabelSite>()
  var hasRepeatedLabel = false
  var hasPropertyLabels = false
  var referenceSites = Pool<ReferenceSite>()
  /// Nodes that a source gives a phandle.
  var phandleHolders: [NodeID] = []
  /// Nodes to which a source gives a property `name`.
  var nameHolders: [NodeID] = []

  /// What is known of each name, by symbol.
  var names = Pool<NameFacts>(capacity: 512)

  // A deleted node or property keeps its place until all is read, because it gets it back when it is defined again.
  var deletedNodes = Pool<NodeID>()
  /// Nodes of which properties were deleted.
  var deletedHolders = Pool<Int32>()
  /// Properties by node and name, for nodes with many that are extended: those have an entry of no name as well.
  var propertyIndex = NumberTable()

  // The value being read: where its bytes and its marks begin.
  var valueStart = 0
  var firstMark = 0
  var firstReference = 0

  // The expression being read
  var operands = Pool<UInt64>()
  var pending = Pool<Pending>()

  /// The line on which a string of the value began that ended on another.
  var lineOfLongString: Int32?

  var errorCount = 0
  var includeCount = 0
  /// Set while text is skipped after an error: what is wrong in it is not reported.
  var isSkipping = false
  var hasGivenUp = false

  let preprocessing: Preprocessing
  /// Made when a line for it is met.
  var preprocessor: Preprocessor?
  var hasPreprocessed = false

  init(base: DeviceTree?, preprocessing: Preprocessing = .automatic, readFile: @escaping FileReader) {
    self.preprocessing = preprocessing
    lexer.preprocesses = preprocessing != .off
    if let base { tree = CompactTree(base) } else { tree = CompactTree() }
    hasBase = base != nil
    self.readFile = readFile
    phandleName = tree.names.symbol(for: "phandle")
    oldPhandleName = tree.names.symbol(for: "linux,phandle")
    nodeName = tree.names.symbol(for: "name")
    addSymbols()
    if hasBase { adoptLabels() }
  }

  /// Reads one source to its end.
  mutating func read(_ text: SourceText) {
    guard text.bytes.count <= Int(Int32.max) else {
      diagnostics.append(
        .error(Rule.limit.rawValue, "a source may hold at most 2 GiB", at: Place(file: text.name)))
      return
    }
    guard !hasGivenUp else { return }
    lexer.open(text)
    // A node has some 250 bytes of a source, a property 40, and values are two fifths of it at most.
    let expected = min(text.bytes.count / 256, Self.nodesReserved)
    tree.nodes.reserve(expected)
    tree.properties.reserve(expected * 6)
    tree.values.reserve(expected * 128)
    lexer.endsInComment = false
    hasRootBlock = false
    suspectClose = nil
    if case .on = preprocessing { preprocess() }
    advance(.names)
    parseHeader()
    while lexer.kind != .endOfFile, !hasGivenUp {
      do {
        if frames.isEmpty { try parseTopLevel() } else { try parseInBody() }
      } catch {
        skipStatement()
      }
      pendingLabels.removeAll()
    }
    if !hasGivenUp, !lexer.endsInComment { reportOpenFrames() }
    frames.removeAll()
  }

  // MARK: Tokens

  /// Goes to the next token, into and out of included files.
  @inline(__always)
  mutating func advance(_ mode: LexerMode) {
    lexer.advance(mode)
    if lexer.needsParser { lookAround(mode) }
  }

  /// Reports what the lexer has found, and goes into a file that is to be included.
  @inline(never)
  private mutating func lookAround(_ mode: LexerMode) {
    lexer.needsParser = false
    if !lexer.faults.isEmpty { reportFaults() }
    while lexer.kind == .include || lexer.kind == .directive {
      if lexer.kind == .include { include() } else { preprocess() }
      lexer.advance(mode)
      if !lexer.faults.isEmpty { reportFaults() }
    }
  }

  mutating func expect(_ token: Token, _ context: @autoclosure () -> String, then mode: LexerMode)
    throws(Stop)
  {
    guard lexer.kind == token else { throw unexpected(context()) }
    advance(mode)
  }

  /// The token as a symbol.
  mutating func symbol() -> Symbol {
    let symbol = unsafe tree.names.symbol(for: lexer.cursor.buffer.pointers(lexer.contents))
    if names.count <= Int(symbol.index) { addSymbols() }
    return symbol
  }

  /// A name that stands in no source as a symbol.
  mutating func symbol(for name: String) -> Symbol {
    let symbol = tree.names.symbol(for: name)
    if names.count <= Int(symbol.index) { addSymbols() }
    return symbol
  }

  private mutating func addSymbols() {
    while names.count < tree.names.count { names.append(NameFacts()) }
  }

  /// Keeps where a label of the tree was written.
  mutating func record(_ site: LabelSite) {
    guard !leavesChecks else { return }
    hasRepeatedLabel = hasRepeatedLabel || names[site.label.index].wasLabel
    names[site.label.index].wasLabel = true
    labelSites.append(site)
  }

  /// Skips the rest of the source.
  mutating func skipToEnd() {
    isSkipping = true
    while lexer.kind != .endOfFile { advance(.values) }
    isSkipping = false
  }

  /// Skips what belongs to a statement that cannot be read: up to its `;`, or to the `}` of the node that it stands in.
  mutating func skipStatement() {
    isSkipping = true
    defer { isSkipping = false }
    var depth = 0
    while lexer.kind != .endOfFile {
      switch lexer.kind {
      case .semicolon where depth == 0:
        isSkipping = false
        advance(.names)
        return
      case .openBrace:
        depth += 1
      case .closeBrace:
        if depth == 0, !frames.isEmpty { return }
        depth = max(depth - 1, 0)
      default:
        break
      }
      advance(.values)
    }
  }
}
