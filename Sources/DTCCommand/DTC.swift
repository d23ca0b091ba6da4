// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The command that stands in for `dtc`.
///
/// It exits with 0 when the output was written, with 1 when the command line or the input cannot be read, and with 2 when
/// the checks found errors.
public enum DTC {
  /// Runs the command that the process was started with, and ends the process.
  public static func run() -> Never {
    // A reader that went away ends a write with an error, as any other fault of a file does.
    _ = signal(SIGPIPE, SIG_IGN)
    var arguments: [String] = []
    for at in 1..<max(Int(CommandLine.argc), 1) {
      if let argument = unsafe CommandLine.unsafeArgv[at] { arguments.append(unsafe String(cString: argument)) }
    }
    exit(run(arguments, isProcess: true))
  }

  /// Runs one command.
  ///
  /// - Parameter isProcess: whether the process does nothing else: then it may end right here.
  /// - Returns: the exit status.
  static func run(_ arguments: [String], isProcess: Bool = false) -> Int32 {
    do throws(Refusal) {
      var compilation = Compilation(try Options(arguments), isProcess: isProcess)
      return compilation.run()
    } catch {
      switch error {
      case .help: say(Usage.text, to: STDOUT_FILENO)
      case .version: say(Usage.version, to: STDOUT_FILENO)
      case .usage(let problem):
        say("\(Usage.text)\nError: \(problem)\n")
        return 1
      case .fatal(let problem):
        say("FATAL ERROR: \(problem)\n")
        return 1
      }
      return 0
    }
  }

  static func say(_ text: String, to file: Int32 = STDERR_FILENO) {
    // Nobody is left to be told when the terminal is gone.
    try? Files.write(Array(text.utf8), to: file)
  }
}
