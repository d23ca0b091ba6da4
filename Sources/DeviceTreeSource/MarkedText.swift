// SPDX-License-Identifier: Apache-2.0
import Diagnostics

/// A source and the line markers found in it.
///
/// Diagnostics name the files and lines of the markers, so what a message quotes has to be found under those.
struct MarkedText {
  struct Marker {
    /// Where the line begins that the marker speaks of.
    var position: Int
    var line: Int32
    var file: String
  }

  var text: SourceText
  var markers: [Marker] = []

  /// Lines behind this are not quoted: a marker may claim any number.
  private static let lineLimit: Int32 = 1_000_000

  /// The lines of the text put at the places where the markers say that they come from; all other lines are empty.
  ///
  /// - Parameter wanted: the lines that messages speak of, by file.
  func texts(for wanted: [String: Set<Int32>]) -> [SourceText] {
    guard let first = markers.first else { return [text] }
    var lines: [String: [Int32: Range<Int>]] = [:]
    collect(text.name, 1, 0..<first.position, wanted, &lines)
    for (index, marker) in markers.enumerated() {
      let end = index + 1 < markers.count ? markers[index + 1].position : text.bytes.count
      collect(marker.file, marker.line, marker.position..<end, wanted, &lines)
    }
    return lines.sorted { $0.key < $1.key }.map { SourceText(name: $0.key, bytes: place($0.value)) }
  }

  private func collect(
    _ file: String, _ firstLine: Int32, _ range: Range<Int>, _ wanted: [String: Set<Int32>],
    _ lines: inout [String: [Int32: Range<Int>]]
  ) {
    guard let wanted = wanted[file] else { return }
    var line = firstLine
    var start = range.lowerBound
    for position in range where text.bytes[position] == 0x0A || position == text.bytes.count - 1 {
      if wanted.contains(line), line <= Self.lineLimit {
        lines[file, default: [:]][line] = start..<position + 1
      }
      line &+= 1
      start = position + 1
    }
  }

  private func place(_ lines: [Int32: Range<Int>]) -> [UInt8] {
    var bytes: [UInt8] = []
    var current: Int32 = 1
    for (line, range) in lines.sorted(by: { $0.key < $1.key }) where line >= current {
      bytes += Array(repeating: 0x0A, count: Int(line - current))
      bytes += text.bytes[range]
      if bytes.last != 0x0A { bytes.append(0x0A) }
      current = line + 1
    }
    return bytes
  }
}
