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
    try read(path, what: what, at: place, from: 0, length: nil)
  }

  /// Whether there is anything of that name.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0
  }

  /// Whether a directory of that name is there, such as `/proc/device-tree`.
  public static func isDirectory(_ path: String) -> Bool { path != "-" && TreeDirectory.exists(at: path) }

  /// Reads `length` bytes from an offset on, or all from there on; fewer where the file ends before.
  static func read(
    _ path: String, what: String, at place: Place, from offset: UInt64, length: UInt64?
  ) throws(Failure) -> [UInt8] {
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
    let size = Int(status.st_size)
    let start = Int(clamping: offset)
    let wanted = min(max(size - start, 0), Int(clamping: length ?? .max))
    guard wanted <= sizeLimit else { throw fail("is larger than \(sizeLimit >> 30) GiB") }
    if length != nil || offset != 0 {
      guard let bytes = readPart(descriptor, from: start, count: wanted) else { throw fail("cannot be read") }
      return bytes
    }
    guard let bytes = readToEnd(descriptor, expecting: size, limit: sizeLimit) else {
      throw fail("cannot be read")
    }
    return bytes
  }

  /// Reads bytes that a file has.
  ///
  /// - Returns: nil when reading fails or the file has become shorter.
  private static func readPart(_ descriptor: Int32, from start: Int, count: Int) -> [UInt8]? {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
      while length < count, let base = buffer.baseAddress {
        let step = unsafe pread(descriptor, base + length, count - length, start + length)
        if step < 0, errno == EINTR { continue }
        guard step > 0 else { return }
        length += step
      }
    }
    return bytes.count == count ? bytes : nil
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
