// SPDX-License-Identifier: Apache-2.0
internal import BootImages
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

/// What both front ends share: reading files, collecting diagnostics, learning about Xen and about modules.
struct SystemLoader {
  let options: LoadOptions
  var folder = SourceFolder(of: "")
  /// Whether a tree that is read as it is may include files from outside its folder.
  var allowsOutside = false
  /// What domains of a description are to have of the host's devices, by their names.
  var askedDevices: [String: AskedDevices] = [:]
  var diagnostics: [Diagnostic] = []
  var sources: [SourceText] = []
  /// Which of the options' modules the tree has.
  var usedModules: Set<Int> = []
  /// Files that are not among the sources, as they were read.
  private var others: [SourceText] = []

  init(options: LoadOptions) {
    self.options = options
  }

  mutating func load(_ files: [String]) throws(Failure) -> XenSystem {
    guard let last = files.last else { throw Failure(.error("file-missing", "no system is named", at: Place())) }
    folder = SourceFolder(of: last)
    let system: XenSystem
    if files.count == 1, last == "-" || Self.isYAML(last) {
      let bytes = try InputFile.read(last, what: "the description", at: Place(file: last))
      let source = SourceText(name: last, bytes: bytes)
      system = Self.isTree(bytes) ? try loadTrees([source]) : try loadDescription(source)
    } else if let yaml = files.first(where: Self.isYAML) {
      throw Failure(
        .error("file-missing", "a .yaml description stands alone, without other files", at: Place(file: yaml)))
    } else {
      var trees: [SourceText] = []
      for file in files {
        let bytes = try HostReader.read(file, what: "the device tree", at: Place(file: file), &diagnostics)
        trees.append(SourceText(name: file, bytes: bytes))
        note(input: SourceText(name: file, bytes: bytes))
      }
      system = try loadTrees(trees)
    }
    diagnostics += unusedModules(of: system, file: last)
    guard !diagnostics.hasErrors else { throw Failure(diagnostics) }
    return system
  }

  /// Every file that was read, each once.
  var inputs: [SourceText] {
    var names: Set<String> = []
    return (sources + others + folder.files).filter { names.insert($0.name).inserted }
  }

  mutating func note(input: SourceText) { others.append(input) }

  private static func isYAML(_ name: String) -> Bool { name.hasSuffix(".yaml") || name.hasSuffix(".yml") }

  /// Whether bytes are a device tree, flattened or as source, and not YAML.
  private static func isTree(_ bytes: [UInt8]) -> Bool {
    HostReader.isBlob(bytes) || String(decoding: bytes.prefix(4096), as: UTF8.self).contains("/dts-v1/")
  }

  // MARK: Collecting

  /// Runs a part, keeping its errors so that the other parts can be read as well.
  mutating func attempt<T>(_ part: (inout SystemLoader) throws(Failure) -> T) -> T? {
    do throws(Failure) {
      return try part(&self)
    } catch {
      diagnostics += error.diagnostics
      return nil
    }
  }

  // MARK: What both front ends name

  /// The Xen image: the command line's, else the one that the description names.
  mutating func hypervisor(image name: String?, at place: Place) throws(Failure) -> Hypervisor {
    let image: BootFile?
    if let path = options.xenImage {
      let file = BootFile(
        name: path, bytes: try InputFile.read(path, what: "the Xen image", at: Place(file: path)))
      note(input: SourceText(name: path, bytes: file.bytes))
      image = file
    } else if let name {
      image = try folder.read(name, what: "the Xen image", at: place)
    } else {
      image = nil
    }
    var facts: XenImage?
    if let image {
      do throws(BootImageError) {
        facts = try XenImage(image.bytes)
      } catch {
        throw Failure(.error("xen-image", "the Xen image \(image.name): \(error.description)", at: place))
      }
    }
    return Hypervisor(image: image, facts: facts, release: release(of: facts))
  }

  private func release(of facts: XenImage?) -> XenRelease {
    let config = options.config ?? facts?.config
    if let version = options.version { return XenRelease(version: version, config: config, source: .option) }
    if let facts {
      return XenRelease(version: XenVersion(facts.major, facts.minor), config: config, source: .image)
    }
    return XenRelease(version: .newestKnown, config: config, source: .assumed)
  }

  /// A module's file, read and known by its format.
  mutating func module(
    _ kind: ModuleKind, file name: String, of owner: String, address: Sourced<UInt64>? = nil,
    properties: [DeviceTree.Property] = [], at location: SourceLocation?, place: Place
  ) throws(Failure) -> Module {
    let file = try folder.read(name, what: Self.title(kind, of: owner), at: place)
    return try module(
      kind, file: file, of: owner, address: address, properties: properties, at: location, place: place)
  }

  private static func title(_ kind: ModuleKind, of owner: String) -> String {
    kind == .xsmPolicy
      ? "the XSM policy" : "\(owner)'s \(kind == .deviceTree ? "partial device tree" : kind.rawValue)"
  }

  /// A module whose file has been read.
  func module(
    _ kind: ModuleKind, file: BootFile, of owner: String, address: Sourced<UInt64>? = nil,
    properties: [DeviceTree.Property] = [], at location: SourceLocation?, place: Place
  ) throws(Failure) -> Module {
    let what = Self.title(kind, of: owner)
    let name = file.name
    let image: BootImage?
    do throws(BootImageError) {
      image =
        switch kind {
        case .kernel: try BootImage(kernel: file.bytes)
        case .ramdisk: try BootImage(ramdisk: file.bytes)
        case .deviceTree, .xsmPolicy: nil
        }
    } catch {
      throw Failure(.error("\(kind.rawValue)-format", "\(what) \(name): \(error.description)", at: place))
    }
    if kind == .deviceTree { try HostReader.requireBlob(file.bytes, "\(what) \(name)", at: place) }
    if kind == .xsmPolicy, file.bytes.isEmpty {
      throw Failure(.error("xsm-policy-format", "\(what) \(name) is empty", at: place))
    }
    return Module(kind: kind, file: file, image: image, address: address, properties: properties, location: location)
  }
}
