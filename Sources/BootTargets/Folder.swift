// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Folders on the disk: what is in them, and whether it is ours.
enum Folder {
  /// No manifest of ours is anywhere near so long.
  static let manifestLimit = 16 << 20

  enum Kind { case folder, file, link, other }

  /// What a path names; nil when nothing.
  static func kind(of path: String, followingLinks: Bool = true) -> Kind? {
    var status = stat()
    guard unsafe (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .folder
    case S_IFREG: return .file
    case S_IFLNK: return .link
    default: return .other
    }
  }

  /// The bytes of a file; nil when there is no file of that name.
  static func size(of path: String) -> Int? {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return status.st_size
  }

  /// The path without links and dots.
  static func resolve(_ path: String) throws(FileError) -> String {
    guard let resolved = unsafe realpath(path, nil) else { throw .system(doing: "follow", path, code: errno) }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// The names in a folder in ascending order; nil when it cannot be read.
  static func entries(of path: String) -> [String]? {
    guard let folder = unsafe opendir(path) else { return nil }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Something in an output folder that no build wrote: the first entry that its manifest does not name. Nil when the folder is
  /// empty or all of it is ours.
  static func foreignEntry(of path: String) -> String? {
    guard let names = entries(of: path) else { return "what cannot be read" }
    guard let first = names.first else { return nil }
    if isBundle(path) {
      return names.first {
        !GuestBundle.names.contains($0) || kind(of: "\(path)/\($0)", followingLinks: false) != .file
      }
    }
    guard kind(of: "\(path)/\(Manifest.fileName)", followingLinks: false) == .file,
      let manifest = contents(of: "\(path)/\(Manifest.fileName)", limit: manifestLimit).flatMap({ Manifest(text: $0) })
    else { return first }
    var files: Set<String> = [Manifest.fileName]
    var folders: Set<String> = []
    for entry in manifest.entries {
      files.insert(entry.path)
      var folder = ""
      for part in entry.path.split(separator: "/").dropLast() {
        folder += (folder.isEmpty ? "" : "/") + part
        folders.insert(folder)
      }
    }
    var open = names
    while let name = open.popLast() {
      guard kind(of: "\(path)/\(name)", followingLinks: false) == .folder else {
        guard files.contains(name) else { return name }
        continue
      }
      guard folders.contains(name), let inside = entries(of: "\(path)/\(name)") else { return name }
      open += inside.map { "\(name)/\($0)" }
    }
    return nil
  }

  /// Whether a folder has the list of a guest's bundle.
  private static func isBundle(_ path: String) -> Bool {
    let list = "\(path)/\(GuestBundle.fileName)"
    return kind(of: list, followingLinks: false) == .file
      && contents(of: list, limit: manifestLimit)?.starts(with: GuestBundle.beginning) ?? false
  }

  /// The bytes of a file; nil when it cannot be read or is longer than `limit`.
  static func contents(of path: String, limit: Int) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= limit {
      let count = unsafe piece.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        return nil
      }
      bytes += piece[..<count]
    }
    return nil
  }

  /// Removes a folder and all in it, following no links. What cannot be removed stays.
  static func remove(_ path: String) {
    guard kind(of: path, followingLinks: false) == .folder else {
      unsafe unlink(path)
      return
    }
    for name in entries(of: path) ?? [] { remove("\(path)/\(name)") }
    unsafe rmdir(path)
  }
}
