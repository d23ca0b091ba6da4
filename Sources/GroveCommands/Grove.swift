// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Foundation

/// The command line.
///
/// Exit codes of every command: 0 done, 1 errors or unreadable input, 2 wrong usage.
public enum Grove {
  /// Runs the command that the process was started with, and ends the process.
  public static func run() -> Never {
    // A reader that went away, such as `head`, ends a write with an error instead of killing us half way through a folder.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try GroveCommand.parseAsRoot()
      try command.run()
      exit(0)
    } catch let code as ExitCode {
      exit(code.rawValue)
    } catch {
      let text = GroveCommand.fullMessage(for: error)
      if GroveCommand.exitCode(for: error) == .success {
        print(text)
        exit(0)
      }
      Output.error(text + "\n")
      exit(2)
    }
  }
}

struct GroveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grove",
    abstract: "Writes, checks and tries every device tree and boot file that a Xen system needs, from one description.",
    discussion: """
      SYSTEM is a .yaml description, a .dts or finished .dtb with Xen's own binding, or a host tree followed by system .dts files; \
      - is standard input. Exit status: 0 done, 1 errors in the input, 2 wrong usage.
      """,
    version: "grove 0.1.0",
    subcommands: [
      BuildCommand.self, CheckCommand.self, BootCommand.self, MapCommand.self, TreeCommand.self,
      PassthroughCommand.self, ExplainCommand.self, OverlayCommand.self, DTSCommand.self, GuestCommand.self,
    ])
}
