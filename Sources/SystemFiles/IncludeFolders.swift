// SPDX-License-Identifier: Apache-2.0
internal import DeviceTreeSource
internal import Diagnostics

/// Finds what `#include`, `/include/` and `/incbin/` name: beside the source that asks, then in the folders of `-I`.
///
/// Nothing is read outside of the description's folder and those folders, however a name gets there. As in `SourceFolder`, a
/// link in one of them is followed: whoever made the folder meant it, and the folders of a kernel's headers are full of links.
struct IncludeFolders {
  /// The description's folder; empty for the current one.
  let home: String
  let folders: [String]
  /// Whether the description lets names lead outside.
  let allowsOutside: Bool

  func read(_ request: FileRequest) throws(FileRefusal) -> SourceText {
    guard !request.name.isEmpty, !request.name.utf8.contains(0) else {
      throw FileRefusal(message: "the included file has no name")
    }
    var outside = false
    for candidate in request.candidates(in: folders) {
      // The path without its `..`: behind a link, one would lead to another place than it says.
      let path = PlainPath(candidate)
      guard allowsOutside || isInside(path) else {
        outside = true
        continue
      }
      guard InputFile.exists(path.text) else { continue }
      return try read(path.text, request)
    }
    if outside {
      throw FileRefusal(
        message: "the included file \(request.name) is outside the source's folder and those of -I",
        hint: "name its folder with -I")
    }
    throw FileRefusal(
      message: "the included file \(request.name) does not exist",
      hint: request.kind == .header(isSystem: true) && folders.isEmpty
        ? "a name in <> is looked for in the folders of -I only, and there are none" : nil)
  }

  private func read(_ path: String, _ request: FileRequest) throws(FileRefusal) -> SourceText {
    do throws(Failure) {
      if case .binary(let offset, let length) = request.kind {
        let bytes = try InputFile.read(
          path, what: "the included file", at: Place(file: request.from), from: offset, length: length)
        return SourceText(name: path, bytes: bytes)
      }
      return SourceText(
        name: path, bytes: try InputFile.read(path, what: "the included file", at: Place(file: request.from)))
    } catch {
      throw FileRefusal(message: error.diagnostics.first?.message ?? "the included file cannot be read")
    }
  }

  private func isInside(_ path: PlainPath) -> Bool {
    ([home] + folders).contains { path.isInside(PlainPath($0)) }
  }
}

/// A path with `.` and `..` worked out as they are written. `..` is left only at the front of a relative one.
private struct PlainPath {
  let isAbsolute: Bool
  private(set) var names: [Substring] = []

  init(_ path: String) {
    isAbsolute = path.utf8.first == UInt8(ascii: "/")
    for name in path.split(separator: "/") where name != "." {
      if name == "..", let last = names.last, last != ".." {
        names.removeLast()
      } else if name != ".." || !isAbsolute {
        names.append(name)
      }
    }
  }

  var text: String { (isAbsolute ? "/" : "") + names.joined(separator: "/") }

  func isInside(_ folder: PlainPath) -> Bool {
    isAbsolute == folder.isAbsolute && names.count > folder.names.count && names.starts(with: folder.names)
      && names[folder.names.count] != ".."
  }
}
