// SPDX-License-Identifier: Apache-2.0
public import Diagnostics
internal import Glibc

/// Writes one whole file, or leaves what is there as it was.
public enum OutputFile {
  /// Writes beside the file and then renames, so that nobody ever sees half of it. What is no regular file,
  /// such as a pipe or `/dev/null`, is written to directly.
  ///
  /// A symbolic link stays one, and a file that is replaced keeps its permissions.
  public static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    func fail(_ reason: String) -> Failure {
      Failure(.error("file-output", "\(path) cannot be written: \(reason)", at: Place(file: path)))
    }
    func failSystem() -> Failure { unsafe fail(String(cString: strerror(errno))) }
    guard !path.isEmpty, !path.utf8.contains(0) else { throw fail("that is no file name") }

    var status = stat()
    let exists = unsafe stat(path, &status) == 0
    if exists, status.st_mode & S_IFMT == S_IFDIR { throw fail("it is a directory") }
    if exists, status.st_mode & S_IFMT != S_IFREG {
      let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw failSystem() }
      let isWritten = writeAll(bytes, to: descriptor)
      guard close(descriptor) == 0, isWritten else { throw failSystem() }
      return
    }

    let target = exists ? resolve(path) ?? path : path
    let temporary = temporaryName(for: target)
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failSystem() }
    // Who may read the old file and nobody else may read the new one.
    let isOurs = !exists || fchmod(descriptor, status.st_mode & 0o7777) == 0
    let isWritten = isOurs && writeAll(bytes, to: descriptor) && fsync(descriptor) == 0
    let isClosed = close(descriptor) == 0
    guard isWritten, isClosed, unsafe rename(temporary, target) == 0 else {
      let failure = failSystem()
      unsafe unlink(temporary)
      throw failure
    }
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0 {
        if errno == EINTR { continue }
        return false
      }
      written += count
    }
    return true
  }

  /// Hidden, in the same folder, and telling what it belongs to.
  private static func temporaryName(for path: String) -> String {
    let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    return "\(path[..<slash]).\(path[slash...].prefix(100)).grove-\(getpid())"
  }

  private static func resolve(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}
