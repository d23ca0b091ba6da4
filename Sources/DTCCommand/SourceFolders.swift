// SPDX-License-Identifier: Apache-2.0
import DeviceTreeSource
import Diagnostics

/// Finds and reads what a source asks for: beside the source that asks, then in the folders of `-i`, in their order.
struct SourceFolders {
  var folders: [String]
  /// Every file that was read, in order, as it was found.
  private(set) var read: [String] = []

  init(_ folders: [String]) {
    self.folders = folders
  }

  mutating func open(_ request: FileRequest) throws(FileRefusal) -> SourceText {
    let candidates = candidates(request)
    guard let path = candidates.first(where: { Files.kind($0) != nil }) else {
      let places =
        request.name.utf8.first == UInt8(ascii: "/") ? "" : ", neither beside the source nor in a folder of -i"
      throw FileRefusal(message: "there is no file '\(request.name)'\(places)")
    }
    read.append(path)
    do throws(FileFailure) {
      switch request.kind {
      case .source, .header: return SourceText(name: path, bytes: try Files.read(path))
      case .binary(let offset, let length):
        return SourceText(name: path, bytes: try Files.read(path, from: offset, length: length))
      }
    } catch { throw FileRefusal(message: "'\(path)' cannot be read: \(error.reason)") }
  }

  private func candidates(_ request: FileRequest) -> [String] {
    guard request.name.utf8.first != UInt8(ascii: "/") else { return [request.name] }
    let folder = request.from.lastIndex(of: "/").map { request.from[...$0] } ?? ""
    return [folder + request.name] + folders.map { $0 + "/" + request.name }
  }
}
