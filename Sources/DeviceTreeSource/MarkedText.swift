// SPDX-License-Identifier: Apache-2.0
import Diagnostics

/// A source and the line markers found in it.
///
/// Places name the files and lines of the markers, so what a message quotes has to be found under those.
struct MarkedText: Sendable {
  struct Marker: BitwiseCopyable {
    /// Where the line begins that the marker speaks of.
    var position: Int
    var line: Int32
    var file: FileName
  }

  var text: SourceText
  var markers: [Marker] = []

  /// How many empty lines may be put in for lines that are not here: a marker may claim any number.
  private static let gapLimit = 4_000_000

  /// The lines of one file, as far as they have been put together.
  private struct Part {
    var bytes: [UInt8] = []
    var nextLine = 1
  }

  /// The text taken apart into the files that its markers name, each line at its place there.
  ///
  /// Lines that a file gives more than once are those of the first time.
  var texts: [SourceText] {
    guard let first = markers.first else { return [text] }
    var parts: [String: Part] = [:]
    var order: [String] = []
    var gapsLeft = Self.gapLimit
    func add(_ range: Range<Int>, _ line: Int, _ file: String) {
      if parts[file] == nil { order.append(file) }
      var part = parts.removeValue(forKey: file) ?? Part()
      defer { parts[file] = part }
      let gap = line - part.nextLine
      guard gap >= 0, gap <= gapsLeft, !range.isEmpty else { return }
      gapsLeft -= gap
      part.bytes += repeatElement(0x0A, count: gap)
      part.bytes += text.bytes[range]
      if part.bytes.last != 0x0A { part.bytes.append(0x0A) }
      part.nextLine = line + text.bytes[range].count { $0 == 0x0A }
    }
    add(0..<first.position, 1, text.name)
    for (index, marker) in markers.enumerated() {
      let end = index + 1 < markers.count ? markers[index + 1].position : text.bytes.count
      add(marker.position..<end, Int(marker.line), marker.file.text)
    }
    return order.compactMap { name in parts[name].map { SourceText(name: name, bytes: $0.bytes) } }
  }
}
