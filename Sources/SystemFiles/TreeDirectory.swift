// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import FlattenedTree
internal import Glibc

/// A device tree kept as a directory, such as `/proc/device-tree`.
///
/// Entries are taken by name, because a file system has an order of its own which says nothing. The directory itself may be named
/// by a link, as `/proc/device-tree` is one; links inside are not followed, so that nothing outside is read.
struct TreeDirectory {
  let path: String
  private(set) var diagnostics: [Diagnostic] = []

  init(_ path: String) {
    self.path = path
  }

  /// Whether a directory stands there.
  static func exists(at path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The tree as a blob.
  ///
  /// What may not be read and what is no file is left out with a warning.
  mutating func blob() throws(Failure) -> [UInt8] {
    do {
      return try tree().blob()
    } catch let error as DeviceTree.DirectoryError<Failure> {
      if case .unreadable(let failure) = error { throw failure }
      throw Failure(.error("tree-directory", "\(path): \(error)", at: Place(file: path)))
    } catch {
      throw Failure(.error("tree-directory", "\(path): \(error)", at: Place(file: path)))
    }
  }

  private mutating func tree() throws(DeviceTree.DirectoryError<Failure>) -> DeviceTree {
    var skipped: [Diagnostic] = []
    defer { diagnostics += skipped }
    return try DeviceTree(
      order: .byName,
      list: { node throws(Failure) in try Self.list(path, node, &skipped) },
      read: { file, limit throws(Failure) in try Self.read(path, file, limit: limit, &skipped) })
  }

  private static func skip(_ root: String, _ entry: String, _ reason: String, _ skipped: inout [Diagnostic]) {
    skipped.append(.warning("tree-directory", "\(entry) \(reason) and is left out", at: Place(file: root, node: entry)))
  }

  private static func failure(_ root: String, _ entry: String, _ reason: String) -> Failure {
    Failure(.error("tree-directory", "\(entry) \(reason)", at: Place(file: root, node: entry)))
  }

  // MARK: The system

  private static func list(
    _ root: String, _ node: String, _ skipped: inout [Diagnostic]
  ) throws(Failure) -> [DeviceTree.DirectoryEntry] {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (node == "/" ? 0 : O_NOFOLLOW)
    let descriptor = unsafe open(root + node, flags)
    guard descriptor >= 0 else {
      if errno == EACCES, node != "/" {
        skip(root, node, "may not be read", &skipped)
        return []
      }
      throw failure(root, node, "cannot be read: \(unsafe String(cString: strerror(errno)))")
    }
    guard let stream = unsafe fdopendir(descriptor) else {
      close(descriptor)
      throw failure(root, node, "cannot be read")
    }
    defer { unsafe closedir(stream) }
    var entries: [DeviceTree.DirectoryEntry] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
        unsafe String(validating: name.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let name else { throw failure(root, node, "holds a file whose name is not UTF-8 text") }
      if name == "." || name == ".." { continue }
      let path = node == "/" ? "/" + name : node + "/" + name
      var status = stat()
      guard unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
        throw failure(root, path, "cannot be looked at")
      }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: entries.append(DeviceTree.DirectoryEntry(name, .node))
      case S_IFREG:
        if unsafe faccessat(descriptor, name, R_OK, 0) == 0 {
          entries.append(DeviceTree.DirectoryEntry(name, .property))
        } else {
          skip(root, path, "may not be read", &skipped)
        }
      case S_IFLNK: skip(root, path, "is a link", &skipped)
      default: skip(root, path, "is no regular file", &skipped)
      }
      // A directory without end is stopped by the limit on entries; no listing needs to grow far past it.
      if entries.count > DeviceTree.DirectoryLimits().entries { break }
    }
    return entries
  }

  private static func read(
    _ root: String, _ file: String, limit: Int, _ skipped: inout [Diagnostic]
  ) throws(Failure) -> [UInt8] {
    // A pipe that has come to stand there since must not be waited for.
    let descriptor = unsafe open(root + file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw failure(root, file, "cannot be read: \(unsafe String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw failure(root, file, "cannot be looked at") }
    guard let bytes = InputFile.readToEnd(descriptor, expecting: min(Int(status.st_size), limit), limit: limit) else {
      throw failure(
        root, file, "cannot be read, or makes the values larger than \(DeviceTree.DirectoryLimits().bytes >> 20) MiB")
    }
    return bytes
  }
}
