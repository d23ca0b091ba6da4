// SPDX-License-Identifier: Apache-2.0
public import Diagnostics
internal import Glibc

/// Writes the result of a build, whole or not at all.
///
/// Everything goes into a temporary folder beside the wanted one. Only when all of it is written does the folder take its
/// name: a new one is renamed, an old one is exchanged with it in one step of the kernel, so that a build that is killed at
/// any moment leaves the old result or the new one. The temporary folder is locked while its writer lives; what a dead one
/// left behind is removed by the next build. A power cut is the file system's matter: waiting for the disk would take ten
/// times as long as all the rest, and a build can be repeated.
public enum OutputFolder {
  /// - Parameter path: the folder. Missing parents are made. A symbolic link is followed.
  /// - Throws: `output-not-ours` when the folder holds what no build of ours wrote; `output-not-a-folder`; `output-failed` with
  ///   the reason. Nothing has changed then.
  public static func write(_ plans: [BootPlan], to path: String) throws(Failure) {
    let manifest = Manifest(plans)
    var files = plans.flatMap { plan in
      plan.files.map { file in
        File(path: "\(plan.target.rawValue)/\(file.path)", bytes: file.bytes, isExecutable: file.isExecutable)
      }
    }
    files.append(File(path: Manifest.fileName, bytes: Array(manifest.text.utf8), isExecutable: false))
    try write(files, to: path)
  }

  struct File {
    var path: String
    var bytes: [UInt8]
    var isExecutable: Bool
  }

  /// - Parameter beforePublishing: runs when everything is written and nothing is published; for tests.
  static func write(
    _ files: [File], to path: String, beforePublishing: () -> Void = {}
  ) throws(Failure) {
    do throws(FileError) {
      let destination = try Destination(path)
      do throws(FileError) {
        try destination.check()
        destination.removeLeftovers()
        let temporary = try TemporaryFolder(for: destination)
        defer { temporary.release() }
        try temporary.fill(with: files)
        beforePublishing()
        try destination.publish(temporary)
      } catch {
        destination.removeMadeParents()
        throw error
      }
    } catch {
      throw Failure(error.diagnostic(for: path))
    }
  }
}

/// Why an output folder could not be written.
enum FileError: Error {
  case notAFolder(String)
  case notOurs(folder: String, foreign: String)
  case system(doing: String, String, code: Int32)

  func diagnostic(for path: String) -> Diagnostic {
    switch self {
    case .notAFolder(let path):
      .error("output-not-a-folder", "\(path) is in the way: it is no folder", at: Place(file: path))
    case .notOurs(let folder, let foreign):
      .error(
        "output-not-ours", "\(folder) holds \(foreign), which no build wrote, so nothing is written there",
        at: Place(file: folder), hint: "name a folder that is new or empty, or one that grove build wrote")
    case .system(let doing, let what, let code):
      .error("output-failed", "cannot \(doing) \(what): \(Self.reason(code))", at: Place(file: path))
    }
  }

  private static func reason(_ code: Int32) -> String {
    switch code {
    case EACCES, EPERM: "permission denied"
    case ENOSPC: "the disk is full"
    case EDQUOT: "the disk quota is used up"
    case EROFS: "the file system is read-only"
    case EBUSY: "it is in use, perhaps as a mount point"
    case ENAMETOOLONG: "the name is too long"
    case ELOOP: "its symbolic links go in circles"
    case ENOENT: "it does not exist"
    default: unsafe String(cString: strerror(code))
    }
  }
}
