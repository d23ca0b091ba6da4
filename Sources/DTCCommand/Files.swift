// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Why a file cannot be read or written, in the system's words.
struct FileFailure: Error {
  var reason: String

  init(_ code: Int32) {
    reason = unsafe String(cString: strerror(code))
  }
}

/// The files of the machine.
enum Files {
  /// No source and no tree is larger.
  private static let largestSize = Int(Int32.max)

  enum Kind {
    case regular, folder, other
  }

  /// What a name stands for, or nil when there is nothing of that name.
  static func kind(_ path: String) -> Kind? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .regular
    case S_IFDIR: return .folder
    default: return .other
    }
  }

  /// The size of a file, or 0 when it is not known.
  static func size(_ path: String) -> Int {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
    return Int(status.st_size)
  }

  static func read(_ path: String) throws(FileFailure) -> [UInt8] {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileFailure(errno) }
    defer { close(file) }
    return try read(file)
  }

  /// Reads everything that a descriptor still has to give.
  static func read(_ file: Int32) throws(FileFailure) -> [UInt8] {
    var status = stat()
    var expected = 0
    if unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG { expected = Int(status.st_size) }
    guard expected <= largestSize else { throw FileFailure(EFBIG) }
    var bytes: [UInt8] = []
    // One byte more shows the end of the file without another piece of memory.
    var room = expected + 1
    var failure: Int32?
    while true {
      let piece = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        guard let start = buffer.baseAddress else { return }
        while count < buffer.count {
          let step = unsafe Glibc.read(file, start + count, buffer.count - count)
          if step < 0 {
            if errno == EINTR { continue }
            failure = errno
          }
          guard step > 0 else { return }
          count += step
        }
      }
      if let failure { throw FileFailure(failure) }
      if bytes.isEmpty { bytes = piece } else { bytes += piece }
      guard piece.count == room else { return bytes }
      // A device or a pipe may have no end.
      guard bytes.count <= largestSize else { throw FileFailure(EFBIG) }
      room = max(bytes.count, 1 << 16)
    }
  }

  /// Reads bytes `offset ..< offset + length` of a file, or all from `offset` on; as many of them as there are.
  static func read(_ path: String, from offset: UInt64, length: UInt64?) throws(FileFailure) -> [UInt8] {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileFailure(errno) }
    defer { close(file) }
    var status = stat()
    guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      // What cannot be moved in is read up to the place.
      return Array(try read(file).dropFirst(Int(clamping: offset)).prefix(Int(clamping: length ?? .max)))
    }
    let start = Int(clamping: offset)
    let count = min(max(Int(status.st_size) - start, 0), Int(clamping: length ?? .max))
    guard count <= largestSize else { throw FileFailure(EFBIG) }
    var failure: Int32?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count, let base = buffer.baseAddress {
        let step = unsafe pread(file, base + filled, count - filled, start + filled)
        if step < 0 {
          if errno == EINTR { continue }
          failure = errno
        }
        guard step > 0 else { return }
        filled += step
      }
    }
    if let failure { throw FileFailure(failure) }
    return bytes
  }

  static func write(_ bytes: [UInt8], to file: Int32) throws(FileFailure) {
    let result = unsafe bytes.withUnsafeBytes { buffer in
      Result { () throws(FileFailure) in unsafe try write(buffer, to: file) }
    }
    try result.get()
  }

  static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) throws(FileFailure) {
    guard let start = bytes.baseAddress else { return }
    var written = 0
    while written < bytes.count {
      let step = unsafe Glibc.write(file, start + written, bytes.count - written)
      if step < 0 {
        if errno == EINTR { continue }
        throw FileFailure(errno)
      }
      written += step
    }
  }

  /// Writes a file as a whole: whoever reads it meanwhile, and whoever is left when we are killed, has the old bytes or
  /// the new ones. What is no regular file, such as a device, a pipe or a link, is written to as it stands.
  static func write(_ bytes: [UInt8], to path: String) throws(FileFailure) {
    let result = unsafe bytes.withUnsafeBytes { buffer in
      Result { () throws(FileFailure) in unsafe try write(buffer, to: path) }
    }
    try result.get()
  }

  static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws(FileFailure) {
    var status = stat()
    let exists = unsafe lstat(path, &status) == 0
    if !exists || (status.st_mode & S_IFMT == S_IFREG && status.st_nlink == 1) {
      let temporary = "\(path).\(getpid())~"
      let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if file >= 0 {
        do throws(FileFailure) {
          defer { close(file) }
          if exists { fchmod(file, status.st_mode & 0o7777) }
          unsafe try write(bytes, to: file)
        } catch {
          unsafe unlink(temporary)
          throw error
        }
        if unsafe rename(temporary, path) == 0 { return }
        let code = errno
        unsafe unlink(temporary)
        throw FileFailure(code)
      }
      // In a folder that cannot be written to, the file itself may be.
    }
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw FileFailure(errno) }
    defer { close(file) }
    unsafe try write(bytes, to: file)
  }
}
