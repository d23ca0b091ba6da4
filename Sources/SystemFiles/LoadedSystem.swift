// SPDX-License-Identifier: Apache-2.0
public import Diagnostics
public import XenFacts
public import BootImages
public import XenSystem

/// A system read from files, with what was noticed on the way.
public struct LoadedSystem: Sendable {
  public var system: XenSystem
  /// Warnings and notes only: errors are thrown.
  public var diagnostics: [Diagnostic]
  /// The texts read, for showing lines in later messages.
  public var sources: [SourceText]
}

/// What a command line says beside the files.
public struct LoadOptions: Sendable {
  /// `--xen`: the version to build and check for, instead of the image's.
  public var version: XenVersion?
  /// Build options from `--xen 4.20+static-memory` or `--xen-config FILE`.
  public var config: XenConfig?
  /// `--xen-image`, relative to the current folder, instead of the image that the description names.
  public var xenImage: String?
  /// Whether a Xen image and every module's file must be there, as for building.
  public var needsFiles = true

  public init() {}
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
    return LoadedSystem(system: system, diagnostics: loader.diagnostics, sources: loader.sources)
  } catch {
    throw LoadFailure(failure: error, sources: loader.sources)
  }
}
