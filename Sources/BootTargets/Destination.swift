// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Where an output folder shall stand: its parent exists, and the folder itself may.
struct Destination {
  /// As the person named it.
  let named: String
  let parent: String
  let name: String
  /// Whether there was a folder of that name when it was looked at.
  let exists: Bool
  /// Parents that were made for it, the outermost first.
  private let madeParents: [String]

  var path: String { parent == "/" ? "/" + name : "\(parent)/\(name)" }

  /// Resolves the path, and makes its missing parents.
  init(_ path: String) throws(FileError) {
    named = path
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw .system(doing: "write to", "a folder without a name", code: EINVAL)
    }
    if let kind = Folder.kind(of: path, followingLinks: false) {
      let resolved = try Folder.resolve(path)
      guard kind == .folder || Folder.kind(of: resolved) == .folder else { throw .notAFolder(path) }
      let (parent, name) = Self.split(resolved)
      guard !name.isEmpty else { throw .system(doing: "replace", path, code: EBUSY) }
      self.parent = parent
      self.name = name
      exists = true
      madeParents = []
      return
    }
    var stripped = path
    while stripped.utf8.count > 1, stripped.utf8.last == UInt8(ascii: "/") { stripped.removeLast() }
    let (parent, name) = Self.split(stripped)
    guard name != ".", name != ".." else { throw .system(doing: "make", path, code: ENOENT) }
    madeParents = try Self.make(parent)
    self.parent = try Folder.resolve(parent)
    self.name = name
    exists = false
  }

  private static func split(_ path: String) -> (parent: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let parent = path[..<slash]
    return (parent.isEmpty ? "/" : String(parent), String(path[path.index(after: slash)...]))
  }

  /// Makes a folder and what is missing above it, and returns what was made.
  private static func make(_ path: String) throws(FileError) -> [String] {
    var made: [String] = []
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += prefix.isEmpty || prefix.hasSuffix("/") ? part : "/" + part
      if unsafe mkdir(prefix, 0o777) == 0 {
        made.append(prefix)
        continue
      }
      let code = errno
      switch Folder.kind(of: prefix) {
      case .folder: continue
      case nil:
        remove(made)
        throw .system(doing: "make the folder", prefix, code: code)
      default:
        remove(made)
        throw .notAFolder(prefix)
      }
    }
    return made
  }

  /// Takes away again the parents that were made, as far as nobody else put something into them.
  func removeMadeParents() { Self.remove(madeParents) }

  private static func remove(_ made: [String]) {
    for path in made.reversed() { unsafe rmdir(path) }
  }

  /// Refuses a folder that holds anything besides an earlier result.
  func check() throws(FileError) {
    if exists, let foreign = Folder.foreignEntry(of: path) {
      throw .notOurs(folder: named, foreign: foreign)
    }
  }

  // MARK: Publishing

  /// Gives the temporary folder the wanted name, and removes what had it; or removes the temporary folder.
  func publish(_ temporary: TemporaryFolder) throws(FileError) {
    let new = temporary.path
    switch Rename.rename(new, to: path, Rename.noReplace) {
    case nil: break
    case EEXIST?: try exchange(new)
    case let code? where Self.isUnsupported(code): try replace(new)
    case let code?: throw refusal(code, removing: new)
    }
  }

  private func exchange(_ new: String) throws(FileError) {
    if let code = Rename.rename(new, to: path, Rename.exchange) {
      guard Self.isUnsupported(code) else { throw refusal(code, removing: new) }
      try replace(new)
      return
    }
    let old = new
    // Somebody may have put a file there since it was looked at.
    if let foreign = Folder.foreignEntry(of: old) {
      if let code = Rename.rename(old, to: path, Rename.exchange) {
        throw .system(doing: "put back \(old) as", named, code: code)
      }
      Folder.remove(new)
      throw .notOurs(folder: named, foreign: foreign)
    }
    Folder.remove(old)
  }

  /// The way of file systems that know only the plain rename: there is a moment in which the folder is not there, and its old
  /// content lies beside it.
  private func replace(_ new: String) throws(FileError) {
    let aside = new + ".old"
    let isThere = Folder.kind(of: path, followingLinks: false) != nil
    if isThere, unsafe rename(path, aside) != 0 { throw refusal(errno, removing: new) }
    guard unsafe rename(new, path) == 0 else {
      let code = errno
      if isThere { unsafe rename(aside, path) }
      throw refusal(code, removing: new)
    }
    if isThere { Folder.remove(aside) }
  }

  private func refusal(_ code: Int32, removing new: String) -> FileError {
    Folder.remove(new)
    return .system(doing: exists ? "replace" : "make", named, code: code)
  }

  private static func isUnsupported(_ code: Int32) -> Bool {
    code == EINVAL || code == ENOSYS || code == EOPNOTSUPP
  }

  /// Removes what builds that died left beside the folder.
  ///
  /// A living build holds a lock on its temporary folder, but none on the old content that it gets in exchange, so its number is
  /// looked at as well. This process's own number, which is always the same in a container, tells nothing.
  func removeLeftovers() {
    let prefix = TemporaryFolder.prefix(for: name)
    for entry in Folder.entries(of: parent) ?? [] where entry.hasPrefix(prefix) {
      guard let writer = pid_t(entry.dropFirst(prefix.count).prefix { $0.isNumber }),
        writer == getpid() || (kill(writer, 0) != 0 && errno == ESRCH),
        let lock = FolderLock("\(parent)/\(entry)")
      else { continue }
      if lock.isHeld { Folder.remove("\(parent)/\(entry)") }
      lock.release()
    }
  }
}
