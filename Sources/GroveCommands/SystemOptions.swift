// SPDX-License-Identifier: Apache-2.0
public import ArgumentParser
internal import BootImages
public import BootTargets
internal import Diagnostics
internal import Foundation
internal import SystemFiles
internal import XenFacts
internal import XenSystem

/// What every command that reads a system takes.
struct SystemOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The Xen to build and check for, such as 4.17 or 4.20+static-memory.", valueName: "version"))
  var xen: String?

  @Option(help: ArgumentHelp("The Xen image, instead of the one that the description names.", valueName: "file"))
  var xenImage: String?

  @Option(help: ArgumentHelp("The .config of the Xen build, instead of the one in its image.", valueName: "file"))
  var xenConfig: String?

  @OptionGroup var include: IncludeOptions

  func validate() throws {
    if let xen, XenVersion(Self.version(in: xen)) == nil {
      throw ValidationError("--xen takes a version such as 4.20, not '\(xen)'")
    }
  }

  /// What these options say to the loader.
  func loadOptions() throws -> LoadOptions {
    var options = include.loadOptions
    options.xenImage = xenImage
    options.version = xen.flatMap { XenVersion(Self.version(in: $0)) }
    options.config = try config()
    return options
  }

  /// Loads a system, printing what is wrong. What was noticed is in the result.
  func load(_ files: [String], modules: ModuleOptions? = nil) throws -> LoadedSystem {
    var options = try loadOptions()
    return try Output.reporting(files.first ?? "-") {
      options.modules = try modules?.named() ?? []
      return try loadSystem(files, options: options)
    }
  }

  private static func version(in text: String) -> String {
    String(text.prefix { $0 != "+" })
  }

  private func config() throws -> XenConfig? {
    do {
      if let xenConfig {
        let bytes = try InputFile.read(xenConfig, what: "the Xen configuration", at: Place(file: xenConfig))
        return try XenConfig(bytes)
      }
      let names = xen?.split(separator: "+").dropFirst() ?? []
      guard !names.isEmpty else { return nil }
      let lines = names.map { "CONFIG_\($0.uppercased().replacing("-", with: "_"))=y\n" }.joined()
      return try XenConfig(Array(lines.utf8))
    } catch let failure as Failure {
      Output.diagnostics(failure.diagnostics, sources: [])
      throw ExitCode(1)
    } catch let error as BootImageError {
      let place = Place(file: xenConfig)
      Output.diagnostics([.error("xen-config", error.description, at: place)], sources: [])
      throw ExitCode(1)
    }
  }
}

extension BootTarget: ExpressibleByArgument {}

/// `--target`.
struct TargetOptions: ParsableArguments {
  @Option(
    name: .customLong("target"),
    help: ArgumentHelp("A boot flow to write: qemu, uboot or uefi. May be given several times; all unless given."))
  var targets: [BootTarget] = []
}
