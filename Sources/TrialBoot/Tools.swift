// SPDX-License-Identifier: Apache-2.0
internal import BootTargets
internal import Diagnostics
internal import Glibc

/// The programs and firmware files that trial boots need, each with the Debian package that has it.
struct Tools {
  /// A program or file that can be named by an environment variable.
  struct Tool {
    var variable: String
    var standard: String
    var package: String
  }

  static let qemu = Tool(variable: "QEMU", standard: QEMUCommand.program, package: "qemu-system-arm")
  static let uboot = Tool(
    variable: "GROVE_UBOOT", standard: "/usr/lib/u-boot/qemu_arm64/u-boot.bin", package: "u-boot-qemu")
  static let firmwareCode = Tool(
    variable: "GROVE_AAVMF_CODE", standard: "/usr/share/AAVMF/AAVMF_CODE.fd", package: "qemu-efi-aarch64")
  static let firmwareVariables = Tool(
    variable: "GROVE_AAVMF_VARS", standard: "/usr/share/AAVMF/AAVMF_VARS.fd", package: "qemu-efi-aarch64")
  /// Ties QEMU's life to ours.
  static let setpriv = Tool(variable: "GROVE_SETPRIV", standard: "setpriv", package: "util-linux")
  static let shell = Tool(variable: "GROVE_SH", standard: "/bin/sh", package: "dash")

  /// The full path of a program: as it is named when that has a slash, else the first of that name in PATH.
  static func program(_ tool: Tool) throws(Failure) -> String {
    let name = named(tool)
    guard !name.contains("/") else { return try file(tool) }
    let folders = environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
    for folder in folders.split(separator: ":") {
      let path = "\(folder)/\(name)"
      if unsafe access(path, X_OK) == 0, let full = resolved(path) { return full }
    }
    throw missing(name, tool)
  }

  /// The full path of a file.
  static func file(_ tool: Tool) throws(Failure) -> String {
    let name = named(tool)
    guard unsafe access(name, R_OK) == 0, let full = resolved(name) else { throw missing(name, tool) }
    return full
  }

  private static func named(_ tool: Tool) -> String {
    guard let named = environment(tool.variable), !named.isEmpty else { return tool.standard }
    return named
  }

  private static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// The absolute path, as QEMU runs in another folder. Links stay: some programs ask for their own name.
  private static func resolved(_ path: String) -> String? {
    if path.hasPrefix("/") { return path }
    guard let here = unsafe getcwd(nil, 0) else { return nil }
    defer { unsafe free(here) }
    return unsafe String(cString: here) + "/" + path
  }

  private static func missing(_ name: String, _ tool: Tool) -> Failure {
    Failure(
      .error(
        "tool-missing", "\(name) is not there, and a trial boot needs it", at: Place(),
        hint: "on Debian: apt-get install \(tool.package); or name another one by the environment variable "
          + tool.variable))
  }
}
