// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The reading end of a pipe.
struct Pipe {
  private let descriptor: Int32
  private(set) var isOpen = true
  private var isReady = false

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Waits until one of two pipes can be read, or the time is over. A pipe at its end is not waited for.
  static func wait(for first: inout Pipe, _ second: inout Pipe, seconds: Double) {
    // poll(2) passes over negative descriptors.
    var polls = [first, second].map { pollfd(fd: $0.isOpen ? $0.descriptor : -1, events: Int16(POLLIN), revents: 0) }
    let milliseconds = Int32((min(max(seconds, 0), 3600) * 1000).rounded(.up))
    let count = unsafe poll(&polls, nfds_t(polls.count), milliseconds)
    first.isReady = count > 0 && polls[0].revents != 0
    second.isReady = count > 0 && polls[1].revents != 0
  }

  /// What has come in; nil when nothing has, or at the end.
  mutating func read() -> [UInt8]? {
    guard isReady else { return nil }
    isReady = false
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { return nil }
    guard count > 0 else {
      isOpen = false
      return nil
    }
    return Array(bytes[..<count])
  }
}
