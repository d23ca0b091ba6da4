// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import DeviceTree
internal import Diagnostics
internal import SystemFiles

extension Output {
  /// Writes a result to a file, or to standard output for `-`.
  static func write(_ bytes: [UInt8], to file: String) throws(Failure) {
    if file == "-" { result(bytes) } else { try OutputFile.write(bytes, to: file) }
  }

  /// Runs a part of a command. What it throws of files that cannot be read or written is said, and the command ends.
  ///
  /// - Parameters:
  ///   - file: what messages call a tree that cannot be written.
  ///   - sources: the texts that messages quote.
  /// - Throws: exit code 1 in place of a failure; everything else as it is.
  static func reporting<Result>(
    _ file: String, sources: [SourceText] = [], _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as LoadFailure {
      diagnostics(error.failure.diagnostics, sources: error.sources)
    } catch let failure as Failure {
      diagnostics(failure.diagnostics, sources: sources)
    } catch let error as DeviceTree.BlobError {
      diagnostics([.error("tree-format", error.description, at: Place(file: file))], sources: [])
    }
    throw ExitCode(1)
  }
}
