// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The kinds of rename(2) that only Linux has.
enum Rename {
  /// Fails when something has the new name.
  static let noReplace: UInt32 = 1
  /// Both names exist, and each gets what the other one had.
  static let exchange: UInt32 = 2

  /// - Returns: the error's number, or nil.
  static func rename(_ old: String, to new: String, _ flags: UInt32) -> Int32? {
    unsafe renameat2(AT_FDCWD, old, AT_FDCWD, new, flags) == 0 ? nil : errno
  }
}

/// The C library's renameat2(2), which the Glibc module leaves out because the header shows it to GNU sources only.
@_silgen_name("renameat2")
private func renameat2(
  _ oldFolder: Int32, _ old: UnsafePointer<CChar>, _ newFolder: Int32, _ new: UnsafePointer<CChar>, _ flags: UInt32
) -> Int32
