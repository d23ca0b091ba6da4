// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import XenSystem

/// The folder of a description: reads the files that it names, and none outside unless the description allows it.
///
/// A link that somebody put into the folder is followed: it is the person's own, not the description's.
struct SourceFolder {
  /// Empty for the current folder.
  let directory: String
  var allowsOutside = false
  private var loaded: [String: BootFile] = [:]

  /// The files read so far, by name.
  var files: [SourceText] {
    loaded.values.sorted { $0.name < $1.name }.map { SourceText(name: path(of: $0.name), bytes: $0.bytes) }
  }

  init(of file: String) {
    // Foundation's own way of taking a path apart traps on ".".
    directory = file.lastIndex(of: "/").map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? ""
  }

  /// Reads a file that the description names.
  mutating func read(_ name: String, what: String, at place: Place) throws(Failure) -> BootFile {
    if let file = loaded[name] { return file }
    try check(name, what: what, at: place)
    let file = BootFile(name: name, bytes: try InputFile.read(path(of: name), what: what, at: place))
    loaded[name] = file
    return file
  }

  /// Checks that a file may be read which the description names.
  func check(_ name: String, what: String, at place: Place) throws(Failure) {
    guard !name.isEmpty, !name.utf8.contains(0) else {
      throw Failure(.error("file-missing", "\(what) has no file name", at: place))
    }
    guard allowsOutside || isInside(name) else {
      throw Failure(
        .error(
          "file-outside", "\(what) \(name) is outside the description's folder", at: place,
          hint: "copy the file beside the description, or write `allow-outside: true` in it"))
    }
  }

  func path(of name: String) -> String {
    name.hasPrefix("/") || directory.isEmpty ? name : directory + "/" + name
  }

  /// Whether a name, as it is written, stays in the folder.
  private func isInside(_ name: String) -> Bool {
    guard !name.hasPrefix("/") else { return false }
    var depth = 0
    for component in name.split(separator: "/") {
      switch component {
      case ".": break
      case "..": depth -= 1
      default: depth += 1
      }
      if depth < 0 { return false }
    }
    return true
  }
}
