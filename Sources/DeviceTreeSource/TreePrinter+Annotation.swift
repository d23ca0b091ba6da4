// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import Diagnostics

// Comments that say where a node or property comes from.
extension TreePrinter {
  /// Ends a line with the places at which something begins, or at which it ends.
  mutating func annotate(_ places: [SourceLocation], isEnd: Bool = false) {
    switch style.annotation {
    case .none: return out.write("\n")
    case .lines where places.isEmpty: return out.write("\n")
    case .lines, .spans: out.write(" /* ")
    }
    if places.isEmpty { out.write("<no-file>:<no-line>") }
    for (at, place) in places.enumerated() {
      if at > 0 { out.write(", ") }
      switch style.annotation {
      case .none: break
      case .lines(let folder):
        out.write(name: Self.shortened(place.file, from: folder))
        out.write(string: ":\(isEnd ? place.endLine : place.line)")
      case .spans:
        out.write(name: place.file)
        out.write(string: ":\(place.line):\(place.column)-\(place.endLine):\(place.endColumn &+ 1)")
      }
    }
    out.write(" */\n")
  }

  mutating func annotateBlocks(of node: Int32, isEnd: Bool = false, _ tree: borrowing CompactTree) {
    if style.annotation == .none { return out.write("\n") }
    var places: [SourceLocation] = []
    var block = tree.nodes[node].firstBlock
    while block >= 0 {
      places.append(tree.blocks[block].location)
      block = tree.blocks[block].next
    }
    annotate(places, isEnd: isEnd)
  }

  /// The name of a file as seen from a folder: with `../` for each folder to go up.
  private static func shortened(_ file: String, from folder: String) -> String {
    guard !folder.isEmpty else { return file }
    let parts = file.split(separator: "/", omittingEmptySubsequences: false)
    let start = folder.split(separator: "/", omittingEmptySubsequences: false)
    var shared = 0
    while shared < start.count, shared < parts.count - 1, parts[shared] == start[shared] { shared += 1 }
    guard shared > 0 else { return file }
    return String(repeating: "../", count: start.count - shared) + parts[shared...].joined(separator: "/")
  }
}
