// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import Foundation

/// Writes results to standard output and what a running command has to say to standard error.
enum Output {
  static func result(_ text: String) {
    write(Array(text.utf8), to: .standardOutput)
  }

  static func result(_ bytes: [UInt8]) {
    write(bytes, to: .standardOutput)
  }

  static func error(_ text: String) {
    write(Array(text.utf8), to: .standardError)
  }

  static func diagnostics(_ diagnostics: [Diagnostic], sources: [SourceText]) {
    error(DiagnosticPrinter(sources: sources).text(diagnostics))
  }

  private static func write(_ bytes: [UInt8], to handle: FileHandle) {
    // Nobody is left to be told when the terminal is gone.
    try? handle.write(contentsOf: Data(bytes))
  }
}
