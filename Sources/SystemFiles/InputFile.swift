// SPDX-License-Identifier: Apache-2.0
public import Diagnostics
internal import Glibc

/// Reads whole files, and says clearly why one cannot be read.
public enum InputFile {
  /// What is larger cannot be a boot module of any machine that Xen on Arm runs on.
  static let sizeLimit = 8 << 30
  static let standardInputLimit = 64 << 20

  /// Reads a regular file, or standard input for `-`.
  ///
  /// - Parameter what: what the file is to the person, such as `domA's kernel`.
  public static func read(_ path: String, what: String, at place: Place) throws(Failure) -> [UInt8] {
    func fail(_ reason: String) -> Failure {
      Failure(.error("file-missing", "\(what) \(path) \(reason)", at: place))
    }
    if path == "-" {
      guard let bytes = readToEnd(STDIN_FILENO, limit: standardInputLimit) else {
        throw fail("cannot be read, or is larger than \(standardInputLimit >> 20) MiB")
      }
      return bytes
    }
    // Opening a pipe without this would wait for a writer.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR: throw fail("does not exist")
      case EACCES: throw fail("may not be read")
      default: throw unsafe fail("cannot be opened: \(String(cString: strerror(errno)))")
      }
    }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw fail("cannot be looked at") }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw fail("is a directory")
    // A device or a pipe may never end.
    default: throw fail("is not a regular file")
    }
    guard status.st_size <= sizeLimit else { throw fail("is larger than \(sizeLimit >> 30) GiB") }
    guard let bytes = readToEnd(descriptor, expecting: Int(status.st_size), limit: sizeLimit) else {
      throw fail("cannot be read")
    }
    return bytes
  }

  /// Reads until the end.
  ///
  /// - Returns: nil when reading fails or there is more than `limit`.
  static func readToEnd(_ descriptor: Int32, expecting size: Int = 0, limit: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    // One byte more than expected, so that the end is seen without growing.
    var room = max(size + 1, 1 << 16)
    while true {
      var count = 0
      var failed = false
      let chunk = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, length in
        repeat {
          count = unsafe Glibc.read(descriptor, buffer.baseAddress, room)
        } while count < 0 && errno == EINTR
        failed = count < 0
        length = max(count, 0)
      }
      if failed { return nil }
      if count == 0 { return bytes }
      if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
      if bytes.count > limit { return nil }
      room = max(size + 1 - bytes.count, 1 << 16)
    }
  }
}
