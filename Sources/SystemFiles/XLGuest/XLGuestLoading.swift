// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import GuestTree
internal import XLConfig
internal import XenFacts
internal import XenSystem

/// Reads an xl configuration with all that it names, as xl on Arm would.
///
/// - Parameters:
///   - file: an xl.cfg.
///   - options: the version of Xen; without one, the newest whose xl is known.
///   - allowsOutside: whether files may be read that are not in the configuration's folder.
/// - Throws: `LoadFailure` with every error found.
public func loadXLGuest(
  _ file: String, options: LoadOptions = LoadOptions(), allowsOutside: Bool = false
) throws(LoadFailure) -> LoadedGuest {
  var loader = SystemLoader(options: options)
  do throws(Failure) {
    return try loader.loadXLGuest(file, allowsOutside: allowsOutside)
  } catch {
    throw LoadFailure(failure: error, sources: loader.sources)
  }
}

extension SystemLoader {
  mutating func loadXLGuest(_ file: String, allowsOutside: Bool) throws(Failure) -> LoadedGuest {
    folder = SourceFolder(of: file)
    folder.allowsOutside = allowsOutside
    let source = SourceText(
      name: file, bytes: try InputFile.read(file, what: "the configuration", at: Place(file: file)))
    sources.append(source)
    let config = try XLConfig(reading: source)
    diagnostics += config.warnings
    let version = options.version ?? .newestKnown
    let xl = try XLGuest(config, xen: version, file: file)
    diagnostics += xl.warnings

    let platform = GuestPlatform.xenArm(version)
    var guest = Guest(xl, diagnostics: &diagnostics)
    let kernel = attempt { (loader) throws(Failure) in try loader.readKernel(xl, platform, file) }
    var ramdisk: [UInt8]?
    if let name = xl.ramdisk {
      ramdisk = attempt { (loader) throws(Failure) in try loader.read(name, "the ramdisk", file) }
      guest.ramdiskSize = ramdisk.map { UInt64($0.count) }
    }
    if let name = xl.deviceTree {
      guest.fragment = attempt { (loader) throws(Failure) in
        let what = "the partial device tree"
        let bytes = try loader.read(name, what, file)
        try HostReader.requireBlob(bytes, "\(what) \(name.value)", at: loader.place(name, file))
        return bytes
      }
    }
    guard let kernel, !diagnostics.hasErrors else { throw Failure(diagnostics) }
    guest.width = kernel.width
    // Another kind than the host's is refused, and nothing is known of the host but what is asked for.
    var host = HostFacts()
    if let gic = guest.gic { host.gic = gic }
    return LoadedGuest(
      guest: guest, kernel: kernel, ramdisk: ramdisk,
      host: host,
      platform: kernel.width == .arm32 ? .xenArm32(version) : platform, file: file, diagnostics: diagnostics,
      sources: sources)
  }

  private mutating func readKernel(
    _ xl: XLGuest, _ platform: GuestPlatform, _ file: String
  ) throws(Failure) -> KernelFile {
    guard let name = xl.kernel else {
      throw Failure(
        .error("file-missing", "the guest has no `kernel`, and only that can be planned", at: Place(file: file)))
    }
    let bytes = try read(name, "the kernel", file)
    do throws(KernelFile.Failure) {
      return try KernelFile(bytes, for: platform)
    } catch {
      throw Failure(
        .error(
          "kernel-format", "the kernel \(name.value): \(error.reason(on: platform))", at: place(name, file)))
    }
  }

  private mutating func read(_ name: Sourced<String>, _ what: String, _ file: String) throws(Failure) -> [UInt8] {
    do throws(Failure) {
      return try folder.read(name.value, what: what, at: place(name, file)).bytes
    } catch {
      // A configuration has no word that allows it.
      throw Failure(
        error.diagnostics.map { diagnostic in
          var diagnostic = diagnostic
          if diagnostic.rule == "file-outside" {
            diagnostic.hint = "copy the file beside the configuration, or allow it"
          }
          return diagnostic
        })
    }
  }

  private func place(_ name: Sourced<String>, _ file: String) -> Place {
    name.location.map { Place($0) } ?? Place(file: file)
  }
}
