// SPDX-License-Identifier: Apache-2.0
public import Diagnostics
public import GuestTree

/// A guest that a toolstack is to build, read from its description with all that it names.
public struct LoadedGuest: Sendable {
  public var guest: Guest
  public var kernel: KernelFile
  /// The bytes of the ramdisk.
  public var ramdisk: [UInt8]?
  public var host: HostFacts
  public var platform: GuestPlatform
  /// The description, for messages about the guest as a whole.
  public var file: String
  /// Warnings and notes only: errors are thrown.
  public var diagnostics: [Diagnostic]
  /// The texts read, for showing lines in later messages.
  public var sources: [SourceText]

  /// Makes the tree, and everything that a loader needs besides.
  ///
  /// - Parameter blobLayout: how the tree's blob is laid out.
  /// - Throws: one diagnostic for each reason that the guest would not run.
  public func plan(blobLayout: GuestTree.BlobLayout = .standard) throws(Failure) -> GuestPlan {
    do throws(GuestPlan.Failure) {
      return try GuestPlan(guest, kernel: kernel.kernel, host: host, platform: platform, blobLayout: blobLayout)
    } catch {
      let place = Place(file: file)
      switch error {
      case .refused(let refusals):
        throw Failure(refusals.map { .error("guest-plan", $0.description, at: place, hint: $0.hint) })
      case .tree(.additions(let fault)):
        throw Failure(.error("guest-plan", fault.description, at: place, hint: fault.hint))
      case .tree(let failure): throw Failure(.error("guest-plan", Self.sentence(failure), at: place))
      }
    }
  }

  private static func sentence(_ failure: GuestTree.Failure) -> String {
    switch failure {
    case .layout(.memoryOverBanks): "the guest asks for more RAM than its platform has room for"
    case .layout(.noMemory): "the guest has no RAM"
    case .layout(.kernelOutsideRAM): "the kernel does not fit into the first bank of RAM"
    case .layout(.noRoomForTree): "the first bank of RAM has no room for the tree and the ramdisk beside the kernel"
    case .layout(.noRoomForPages): "there is no room for the pages that the guest shares with its hypervisor"
    case .tooManyCPUs(let count): "the guest has \(count) CPUs, and there are numbers for \(GuestTree.cpuLimit)"
    case .tree(let fault): "the partial tree or the host's tree is broken: \(fault)"
    case .additions(let fault): fault.description
    }
  }
}

/// Reads the description of one guest.
///
/// - Parameters:
///   - file: a .yaml file, or `-` for standard input.
///   - options: the version of Xen, when the command line says it.
/// - Throws: `LoadFailure` with every error found.
public func loadGuest(_ file: String, options: LoadOptions = LoadOptions()) throws(LoadFailure) -> LoadedGuest {
  var loader = SystemLoader(options: options)
  do throws(Failure) {
    return try loader.loadGuest(file)
  } catch {
    throw LoadFailure(failure: error, sources: loader.sources)
  }
}
