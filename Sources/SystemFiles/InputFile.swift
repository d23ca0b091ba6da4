// SPDX-License-Identifier: Apache-2.0
public import Diagnostics
internal import Foundation

/// Reads whole files, and says clearly why one cannot be read.
public enum InputFile {
  /// What is larger cannot be a boot module of any machine that Xen on Arm runs on.
  static let sizeLimit = 8 << 30

  /// Reads a regular file, or standard input for `-`.
  ///
  /// - Parameter what: what the file is to the person, such as `domA's kernel`.
  public static func read(_ path: String, what: String, at place: Place) throws(Failure) -> [UInt8] {
    func fail(_ reason: String) -> Failure {
      Failure(.error("file-missing", "\(what) \(path) \(reason)", at: place))
    }
    if path == "-" { return try readStandardInput(at: place) }
    var isDirectory: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw fail("does not exist")
    }
    guard !isDirectory.boolValue else { throw fail("is a directory") }
    let url = URL(fileURLWithPath: path)
    let data: Data
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: url.resolvingSymlinksInPath().path) else {
      throw fail("cannot be looked at")
    }
    // A device or a pipe may never end.
    guard attributes[.type] as? FileAttributeType == .typeRegular else { throw fail("is not a regular file") }
    guard (attributes[.size] as? Int ?? 0) <= sizeLimit else { throw fail("is larger than \(sizeLimit >> 30) GiB") }
    do {
      data = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw fail("cannot be read")
    }
    return [UInt8](data)
  }

  private static func readStandardInput(at place: Place) throws(Failure) -> [UInt8] {
    let limit = 64 << 20
    var bytes: [UInt8] = []
    while let chunk = try? FileHandle.standardInput.read(upToCount: 1 << 16), !chunk.isEmpty {
      bytes += chunk
      guard bytes.count <= limit else {
        throw Failure(.error("file-missing", "standard input is larger than \(limit >> 20) MiB", at: place))
      }
    }
    return bytes
  }
}
