// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A finished run of a program.
struct Run {
  var status: Int32
  var output: String
  var error: String
}

/// Runs a program to its end.
///
/// - Parameter seconds: after which it is killed; a program that is started here would not heed a mere request to end.
func run(
  _ program: String, _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:],
  input: [UInt8]? = nil, within seconds: Int? = nil
) throws -> Run {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: seconds == nil ? program : "/usr/bin/timeout")
  process.arguments = (seconds.map { ["-s", "KILL", "\($0)", program] } ?? []) + arguments
  if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
  process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
  // Files instead of pipes: no reader is needed, so nothing can block.
  let scratch = try Workspace()
  let output = scratch.path("output")
  let error = scratch.path("error")
  for path in [output, error] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
  process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
  process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: error))
  if let input { try scratch.write("input", input) }
  process.standardInput = input == nil ? FileHandle.nullDevice : FileHandle(forReadingAtPath: scratch.path("input"))
  try process.run()
  process.waitUntilExit()
  return Run(
    status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
    output: String(decoding: try Data(contentsOf: URL(fileURLWithPath: output)), as: UTF8.self),
    error: String(decoding: try Data(contentsOf: URL(fileURLWithPath: error)), as: UTF8.self))
}

/// Runs grove as a person would.
func grove(
  _ arguments: String..., in folder: String? = nil, environment: [String: String] = [:], input: [UInt8]? = nil
) throws -> Run {
  try run(Real.grove, arguments, in: folder, environment: environment, input: input)
}
