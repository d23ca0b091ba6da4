// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import DeviceTreeSource
import Diagnostics
import FlattenedTree
import Glibc
import TreeChecks

/// One input made into one output.
struct Compilation: ~Copyable {
  /// The run is over; what there is to say has been said.
  struct Stop: Error {
    var status: Int32
  }

  let options: Options
  /// Everything that the output is made from.
  var inputs: [String] = []
  /// The folder from which `-T` names files.
  private var home = ""

  /// Whether the process ends with the output.
  private let isProcess: Bool
  private var source: CompactSource?

  init(_ options: Options, isProcess: Bool = false) {
    self.options = options
    self.isProcess = isProcess
  }

  var input: String { options.input ?? "-" }
  var output: String { options.output ?? "-" }
  /// What messages call an output without a name.
  private var outputName: String { output == "-" ? "<stdout>" : output }

  mutating func run() -> Int32 {
    do throws(Stop) {
      let inputFormat = options.inputFormat ?? Self.guess(input) ?? .dts
      let outputFormat =
        options.outputFormat ?? Self.format(named: output) ?? (inputFormat == .dts ? .dtb : .dts)
      guard outputFormat != .yaml, outputFormat != .asm else {
        throw fatal("the output format \(outputFormat.rawValue) is not supported; dts and dtb are")
      }
      guard options.annotation == 0 || (inputFormat == .dts && outputFormat == .dts) else {
        throw fatal("-T says where lines of a source come from: it needs a source in and a source out")
      }
      var origin = CheckOptions.Origin.blob
      var tree = try read(inputFormat, &origin)
      try writeDependencies()
      if let cpu = options.bootCPU { tree.bootCPU = cpu }
      try judge(&tree, origin, for: outputFormat)
      if outputFormat == .dtb, !addsTables(origin), !options.sorts, !options.force {
        try write(try flatten(tree))
      } else if outputFormat == .dts, !addsTables(origin), !options.sorts, !hasTables(&tree) {
        tree.forgetPaths()
        try write(tree.sourceBytes(SourceStyle(isLikeDtc: true, annotation: annotation)))
      } else {
        try finish(DeviceTree(tree), outputFormat, origin)
      }
      // The system takes memory back faster than piece by piece.
      if isProcess { _exit(0) }
      _ = consume tree
      return 0
    } catch { return error.status }
  }

  func fatal(_ message: String) -> Stop {
    DTC.say("FATAL ERROR: \(message)\n")
    return Stop(status: 1)
  }

  // MARK: Formats

  /// The format of an input by what it is: a folder, a blob, or what its name says.
  private static func guess(_ input: String) -> Options.Format? {
    guard input != "-", let kind = Files.kind(input) else { return nil }
    switch kind {
    case .folder: return .fs
    case .other: return nil
    case .regular: break
    }
    if let start = try? Files.read(input, from: 0, length: 4), start == [0xD0, 0x0D, 0xFE, 0xED] { return .dtb }
    return format(named: input)
  }

  private static func format(named name: String) -> Options.Format? {
    guard let dot = name.lastIndex(of: ".") else { return nil }
    return switch name[dot...] {
    case ".dts": .dts
    case ".dtb", ".dtbo": .dtb
    case ".yaml": .yaml
    default: nil
    }
  }

  // MARK: Reading

  private mutating func read(
    _ format: Options.Format, _ origin: inout CheckOptions.Origin
  ) throws(Stop) -> CompactTree {
    switch format {
    case .fs: return CompactTree(try readFolder())
    case .dtb:
      do {
        var tolerated: [DeviceTree.ToleratedFault] = []
        return try CompactTree(blob: try readInput(), tolerating: .all, tolerated: &tolerated)
      } catch let error as FlattenedTreeError {
        throw fatal("\(input): \(error)")
      } catch { throw error as? Stop ?? Stop(status: 1) }
    default:
      let tree = try readSource()
      origin = .source(isPlugin: tree.isPlugin)
      return tree
    }
  }

  private func readInput() throws(Stop) -> [UInt8] {
    if isProcess { Memory.prepare(for: Files.size(input)) }
    do throws(FileFailure) {
      return input == "-" ? try Files.read(STDIN_FILENO) : try Files.read(input)
    } catch { throw fatal("Couldn't open \"\(input)\": \(error.reason)") }
  }

  private mutating func readSource() throws(Stop) -> CompactTree {
    let name = input == "-" ? "<stdin>" : input
    let bytes = try readInput()
    if options.annotation == 1 { home = LineMarkers.folder(bytes, input: options.input ?? "") }
    var folders = SourceFolders(options.includeFolders)
    var source = parseForChecks(name: name, bytes: bytes) { request throws(FileRefusal) in
      try folders.open(request)
    }
    inputs = [name] + folders.read
    if source.diagnostics.hasErrors {
      DTC.say(Messages(source.sources).text(source.diagnostics))
      throw fatal("Unable to parse input tree")
    }
    let tree = source.takeTree()
    // Giving its memory back would only take time.
    if isProcess { self.source = consume source }
    return tree
  }

  private func readFolder() throws(Stop) -> DeviceTree {
    do throws(FolderTree.Failure) {
      var tree = try FolderTree.read(input)
      tree.bootCPU = tree.firstCPU
      return tree
    } catch { throw fatal(error.message) }
  }

  // MARK: Judging and completing

  private func judge(
    _ tree: inout CompactTree, _ origin: CheckOptions.Origin, for format: Options.Format
  ) throws(Stop) {
    if options.symbols { tree.keepLabelledNodes() }
    let result = runChecks(
      &tree,
      options: CheckOptions(
        levels: options.levels, origin: origin, phandleFormat: options.phandleFormat,
        keepsReferenceMarks: format == .dts || writesFixups(origin), keepsWarnings: options.quiet == 0))
    if !result.findings.isEmpty { DTC.say(result.dtcText(output: outputName, quiet: options.quiet)) }
    guard result.hasErrors else { return }
    let verdict = result.dtcVerdict(force: options.force, quiet: options.quiet)
    DTC.say(verdict.text)
    guard verdict.goesOn else { throw Stop(status: 2) }
  }

  private func writesFixups(_ origin: CheckOptions.Origin) -> Bool {
    options.localFixups || origin == .source(isPlugin: true)
  }

  private func addsTables(_ origin: CheckOptions.Origin) -> Bool {
    options.autoAliases || options.symbols || writesFixups(origin)
  }

  /// Whether the tree tells labels or references in nodes of its own.
  private func hasTables(_ tree: inout CompactTree) -> Bool {
    for name in ["__symbols__", "__fixups__", "__local_fixups__"] {
      let symbol = tree.names.known(name)
      if symbol != .none, tree.child(of: tree.root, named: symbol) != nil { return true }
    }
    return false
  }

  private func addTables(to tree: inout DeviceTree, _ origin: CheckOptions.Origin) {
    if options.autoAliases { warn(tree.writeLabels(to: "aliases")) }
    if options.symbols {
      warn(tree.writeLabels(to: DeviceTree.symbolsName, phandleNames: options.phandleFormat.propertyNames))
    }
    if writesFixups(origin) { tree.writeFixups() }
  }

  private func warn(_ conflicts: [SymbolConflict]) {
    for conflict in conflicts {
      DTC.say("WARNING: label \(conflict.label) already exists in \(conflict.holder)\n")
    }
  }

  /// Gives the tree back what its tables say of labels and references.
  private func recollect(_ tree: inout DeviceTree, _ origin: CheckOptions.Origin) {
    for (label, path) in tree.adoptSymbols() {
      DTC.say("Warning: Path \(path) referenced in property __symbols__/\(label) missing\n")
    }
    if origin == .blob { tree.adoptFixups(isLikeDtc: true) }
  }

  // MARK: Writing

  /// What is done to a tree that is more than checked before it is written.
  private mutating func finish(
    _ tree: consuming DeviceTree, _ format: Options.Format, _ origin: CheckOptions.Origin
  ) throws(Stop) {
    var tree = tree
    if format == .dts { recollect(&tree, origin) }
    addTables(to: &tree, origin)
    if options.sorts { tree.sort() }
    switch format {
    case .dtb:
      if writesFixups(origin) || options.force { tree.forgetReferences() }
      try write(try flatten(CompactTree(tree)))
    case .null: return
    default:
      tree.forgetReferences(onlyPaths: true)
      try write(CompactTree(tree).sourceBytes(SourceStyle(isLikeDtc: true, annotation: annotation)))
    }
  }

  private func write(_ bytes: [UInt8]) throws(Stop) {
    let result = unsafe bytes.withUnsafeBytes { bytes in
      Result { () throws(Stop) in unsafe try write(bytes) }
    }
    try result.get()
  }

  private func write(_ bytes: borrowing Pool<UInt8>) throws(Stop) {
    try unsafe bytes.withElements { bytes throws(Stop) in unsafe try write(UnsafeRawBufferPointer(bytes)) }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(Stop) {
    do throws(FileFailure) {
      if output == "-" {
        unsafe try Files.write(bytes, to: STDOUT_FILENO)
      } else {
        unsafe try Files.write(bytes, to: output)
      }
    } catch { throw fatal("Couldn't open output file \(output): \(error.reason)") }
  }

  private func flatten(_ tree: borrowing CompactTree) throws(Stop) -> [UInt8] {
    let layout = FlattenedTree.Layout(
      padding: options.padding, minimumSize: options.minimumSize, alignment: options.alignment,
      freeReservations: options.reserveEntries)
    do throws(DeviceTree.BlobError) {
      return try tree.blob(version: options.version, layout: layout)
    } catch { throw fatal("\(error)") }
  }

  private var annotation: SourceStyle.Annotation {
    switch options.annotation {
    case 0: .none
    case 1: .lines(folder: home)
    default: .spans
    }
  }

  private func writeDependencies() throws(Stop) {
    guard let file = options.dependencyFile else { return }
    let text = Array(DependencyFile.text(output: output, inputs: inputs).utf8)
    do throws(FileFailure) {
      if file == "-" { try Files.write(text, to: STDOUT_FILENO) } else { try Files.write(text, to: file) }
    } catch { throw fatal("Couldn't open dependency file \(file): \(error.reason)") }
  }
}

extension CheckOptions.PhandleFormat {
  /// The properties that give a node its phandle, in the order in which they are added.
  var propertyNames: [String] {
    switch self {
    case .epapr: ["phandle"]
    case .legacy: ["linux,phandle"]
    case .both: ["linux,phandle", "phandle"]
    }
  }
}
