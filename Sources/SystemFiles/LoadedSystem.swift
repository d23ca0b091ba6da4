// SPDX-License-Identifier: Apache-2.0
public import BootImages
public import DeviceTree
public import Diagnostics
public import XenFacts
public import XenSystem

/// A system read from files, with what was noticed on the way.
public struct LoadedSystem: Sendable {
  public var system: XenSystem
  /// Warnings and notes only: errors are thrown.
  public var diagnostics: [Diagnostic]
  /// The texts read, for showing lines in later messages.
  public var sources: [SourceText]
  /// Every file that was read, each once, texts and others.
  public var inputs: [SourceText]
}

/// What a command line says beside the files.
public struct LoadOptions: Sendable {
  /// `--xen`: the version to build and check for, instead of the image's.
  public var version: XenVersion?
  /// Build options from `--xen 4.20+static-memory` or `--xen-config FILE`.
  public var config: XenConfig?
  /// `--xen-image`, relative to the current folder, instead of the image that the description names.
  public var xenImage: String?
  /// `-I`: where included files are looked for behind the folder of the source that asks.
  public var includeFolders: [String] = []
  /// `--module`: the files behind the modules of a finished tree.
  public var modules: [NamedModule] = []

  public init() {}

  /// The Xen that a tree without a description is for: by these options, else by the image that they name, else the newest known.
  public func release() throws(Failure) -> XenRelease {
    var loader = SystemLoader(options: self)
    return try loader.hypervisor(image: nil, at: Place()).release
  }
}

/// What cannot be read, with the texts that its messages show.
public struct LoadFailure: Error, Sendable {
  public var failure: Failure
  public var sources: [SourceText]
}

/// Reads a system from what the command line names: a .yaml file, or trees (.dts, .dtb) put on top of each other, `-` being standard input.
///
/// - Throws: `LoadFailure` with every error found.
public func loadSystem(_ files: [String], options: LoadOptions = LoadOptions()) throws(LoadFailure) -> LoadedSystem {
  var loader = SystemLoader(options: options)
  do {
    let system = try loader.load(files)
    return LoadedSystem(system: system, diagnostics: loader.diagnostics, sources: loader.sources, inputs: loader.inputs)
  } catch {
    throw LoadFailure(failure: error, sources: loader.sources)
  }
}

/// One tree, to be judged as it is.
public struct LoadedTree: Sendable {
  /// The tree as its final bytes say.
  public var tree: DeviceTree
  /// Those bytes.
  public var blob: [UInt8]
  /// The tree as its source says, with lines; nil when it was a blob.
  public var source: DeviceTree?
  public var diagnostics: [Diagnostic]
  public var sources: [SourceText]
  /// Every file that was read, each once; a directory as the blob that was made of it.
  public var inputs: [SourceText]

  /// The version of the format that the header names; nil when the tree was a source.
  public var version: UInt32? {
    guard source == nil, blob.count >= 24 else { return nil }
    return blob[20..<24].reduce(0) { $0 << 8 | UInt32($1) }
  }
}

/// Reads one tree, a blob or a source, and brings it into its final form.
///
/// - Parameters:
///   - options: where included files are looked for; what is said of Xen has no meaning here.
///   - allowsOutside: whether it may include files from anywhere.
public func loadTree(
  _ file: String, options: LoadOptions = LoadOptions(), allowsOutside: Bool = false
) throws(LoadFailure) -> LoadedTree {
  var loader = SystemLoader(options: options)
  loader.allowsOutside = allowsOutside
  do {
    return try loader.loadTree(file)
  } catch {
    throw LoadFailure(failure: error, sources: loader.sources)
  }
}
