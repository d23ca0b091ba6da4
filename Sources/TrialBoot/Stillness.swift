// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Tells a machine that will print nothing more from one that is only slow.
///
/// A Xen that has given up before its console worked turns in a loop for ever. It is judged by the processor time that it has
/// used since the last output, not by the clock, so that a busy host does not make silence out of a slow boot.
struct Stillness {
  /// Seconds of processor time without a word; nil for as many as there are.
  private let patience: Double?
  /// The same before the first word. Xen's and every firmware's comes early.
  private let firstPatience: Double
  /// How often to look.
  static let interval = 0.25
  /// A machine whose processors all sleep: so many looks in a row.
  private static let sleepingLooks = 6

  private let process: pid_t
  private var usedAtOutput = 0.0
  private var hasSpoken = false
  private var asleep = 0

  init(of process: pid_t, patience: Double?, firstPatience: Double) {
    self.process = process
    self.patience = patience
    self.firstPatience = firstPatience
  }

  mutating func outputCame() {
    usedAtOutput = Self.used(by: process) ?? usedAtOutput
    asleep = 0
    hasSpoken = true
  }

  /// Looks; to be asked about every `interval`.
  mutating func isStill() -> Bool {
    guard let patience = hasSpoken ? patience : firstPatience, let used = Self.used(by: process) else { return false }
    if used - usedAtOutput >= patience { return true }
    // Before it has done anything, QEMU may be waiting for the disk.
    asleep = used > 0.05 && !Self.isRunning(process) ? asleep + 1 : 0
    return asleep >= Self.sleepingLooks
  }

  /// Seconds of processor time, of all threads.
  private static func used(by process: pid_t) -> Double? {
    // proc(5): the fields after the name in parentheses; utime and stime are the 14th and 15th of all.
    guard let fields = fields("/proc/\(process)/stat"), fields.count > 12, let user = Double(fields[11]),
      let system = Double(fields[12])
    else { return nil }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Whether any thread runs or could.
  private static func isRunning(_ process: pid_t) -> Bool {
    guard let folder = unsafe opendir("/proc/\(process)/task") else { return true }
    defer { unsafe closedir(folder) }
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard Int(name) != nil, let fields = fields("/proc/\(process)/task/\(name)/stat") else { continue }
      if fields.first != "S" { return true }
    }
    return false
  }

  private static func fields(_ path: String) -> [Substring]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    guard count > 0, let parenthesis = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
    return String(decoding: bytes[(parenthesis + 1)..<count], as: UTF8.self).split(separator: " ")
  }
}
