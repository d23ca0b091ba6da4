// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// A folder beside the wanted one, locked as long as its writer lives.
struct TemporaryFolder {
  let path: String
  private let lock: FolderLock

  /// How the names of these folders begin: hidden, and telling what they belong to.
  static func prefix(for name: String) -> String { ".\(name.prefix(100)).grove-" }

  init(for destination: Destination) throws(FileError) {
    let prefix = "\(destination.parent)/\(Self.prefix(for: destination.name))\(getpid())"
    for attempt in 0..<100 {
      let path = "\(prefix)-\(attempt)"
      guard unsafe mkdir(path, 0o777) == 0 else {
        if errno == EEXIST { continue }
        throw .system(doing: "write to", destination.parent, code: errno)
      }
      guard let lock = FolderLock(path) else {
        throw .system(doing: "open", path, code: errno)
      }
      // Another build may have taken it for a dead one's between the two calls.
      guard !lock.isRemoved else {
        lock.release()
        continue
      }
      self.path = path
      self.lock = lock
      return
    }
    throw .system(doing: "write to", destination.parent, code: EEXIST)
  }

  /// Writes all files. Removes the folder when it cannot.
  func fill(with files: [OutputFolder.File]) throws(FileError) {
    do throws(FileError) { try write(files) } catch {
      Folder.remove(path)
      throw error
    }
  }

  private func write(_ files: [OutputFolder.File]) throws(FileError) {
    for file in files {
      var folder = path
      for part in file.path.split(separator: "/").dropLast() {
        folder += "/" + part
        if unsafe mkdir(folder, 0o777) != 0, errno != EEXIST {
          throw .system(doing: "make the folder", folder, code: errno)
        }
      }
      try write(file)
    }
  }

  private func write(_ file: OutputFolder.File) throws(FileError) {
    let name = "\(path)/\(file.path)"
    let descriptor = unsafe open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.isExecutable ? 0o777 : 0o666)
    guard descriptor >= 0 else { throw .system(doing: "write", file.path, code: errno) }
    var failure: Int32?
    unsafe file.bytes.withUnsafeBytes { bytes in
      var rest = unsafe bytes
      while unsafe !rest.isEmpty {
        let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count < 0 {
          if errno == EINTR { continue }
          failure = errno
          return
        }
        unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
    if close(descriptor) != 0, failure == nil { failure = errno }
    if let failure { throw .system(doing: "write", file.path, code: failure) }
  }

  /// Ends the claim on the folder. What is in it stays.
  func release() { lock.release() }
}

/// An open folder with an advisory lock, which the kernel gives up when its holder dies.
struct FolderLock {
  private let descriptor: Int32
  /// False when another process holds the lock, or the file system knows no locks.
  let isHeld: Bool

  init?(_ path: String) {
    descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    isHeld = flock(descriptor, LOCK_EX | LOCK_NB) == 0
  }

  /// Whether the folder has been removed since.
  var isRemoved: Bool {
    var status = stat()
    return unsafe fstat(descriptor, &status) != 0 || status.st_nlink == 0
  }

  func release() { close(descriptor) }
}
