// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import Glibc
internal import Synchronization

/// A running QEMU, which never outlives its owner.
///
/// The kernel kills it when this process ends, however that happens: `setpriv` asks for the signal before it becomes QEMU. A
/// shell in between changes the folder, and looks whether this process is still its parent, as the signal is not sent for a
/// parent that was gone before.
struct QEMUProcess: ~Copyable {
  let process: pid_t
  /// Its standard output: the machine's serial port.
  let output: Int32
  /// Its standard error.
  let complaints: Int32

  private static let wrapper = #"[ "$PPID" = "$1" ] && CDPATH= cd -- "$2" && shift 2 && exec "$@""#

  /// Held from the making of the pipes to their passing on, as a QEMU that another thread starts meanwhile would get them too,
  /// and keep them open.
  private static let starting = Mutex(())

  private struct Started {
    var process: pid_t
    var output: Int32
    var complaints: Int32
  }

  /// - Parameter command: the program and its arguments.
  init(_ command: [String], in folder: String) throws(Failure) {
    let started = try Self.starting.withLock { _ throws(Failure) in try Self.start(command, in: folder) }
    process = started.process
    output = started.output
    complaints = started.complaints
  }

  private static func start(_ command: [String], in folder: String) throws(Failure) -> Started {
    let setpriv = try Tools.program(Tools.setpriv)
    let shell = try Tools.program(Tools.shell)
    let words =
      [setpriv, "--pdeathsig", "KILL", "--", shell, "-c", wrapper, "sh", String(getpid()), folder] + command
    let output = try pipe()
    let complaints: (read: Int32, write: Int32)
    do throws(Failure) { complaints = try pipe() } catch {
      close(output)
      throw error
    }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output.write, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, complaints.write, 2)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }

    var process: pid_t = 0
    var argv = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe argv.forEach { unsafe free($0) } }
    let code = unsafe posix_spawn(&process, setpriv, &actions, nil, &argv, environ)
    Glibc.close(output.write)
    Glibc.close(complaints.write)
    guard code == 0 else {
      Glibc.close(output.read)
      Glibc.close(complaints.read)
      throw failure("start \(setpriv)", code)
    }
    return Started(process: process, output: output.read, complaints: complaints.read)
  }

  /// Ends QEMU if it still runs, and waits for it.
  ///
  /// - Returns: its exit status, or the negative number of the signal that ended it.
  consuming func end(killing: Bool) -> Int32 {
    if killing { kill(process, SIGKILL) }
    let status = Self.wait(for: process)
    Glibc.close(output)
    Glibc.close(complaints)
    discard self
    return status
  }

  deinit {
    kill(process, SIGKILL)
    _ = Self.wait(for: process)
    Glibc.close(output)
    Glibc.close(complaints)
  }

  private static func wait(for process: pid_t) -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0 {
      guard errno == EINTR else { return 0 }
    }
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : -signal
  }

  /// A pipe that QEMU does not inherit beyond what it is given.
  private static func pipe() throws(Failure) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard unsafe Glibc.pipe(&ends) == 0 else { throw failure("make a pipe", errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func close(_ pipe: (read: Int32, write: Int32)) {
    Glibc.close(pipe.read)
    Glibc.close(pipe.write)
  }

  private static func failure(_ doing: String, _ code: Int32) -> Failure {
    Failure(.error("trial-failed", "cannot \(doing): \(unsafe String(cString: strerror(code)))", at: Place()))
  }
}
