// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import XenSystem

/// Maps of addresses side by side, as a picture in SVG: a column for each, a band for each range. Not to scale, or a page would
/// not be seen beside RAM.
public struct MapDrawing: Hashable, Sendable {
  public struct Band: Hashable, Sendable {
    /// Nil for what has no address before the boot.
    public var range: Range<UInt64>?
    public var title: String
    public var fill: Fill
    /// Whether it lies within the band before it.
    public var isInside: Bool

    public init(_ range: Range<UInt64>?, _ title: String, fill: Fill, isInside: Bool = false) {
      self.range = range
      self.title = title
      self.fill = fill
      self.isInside = isInside
    }
  }

  public enum Fill: Hashable, Sendable {
    case nothing
    case xen
    /// The domain of that number, dom0 being 0 where there is one.
    case domain(Int)
  }

  public struct Column: Hashable, Sendable {
    public var title: String
    public var bands: [Band]

    public init(_ title: String, _ bands: [Band]) {
      self.title = title
      self.bands = bands
    }
  }

  public var title: String
  public var columns: [Column]
  /// The owners by colour, for the legend.
  public var legend: [(name: String, fill: Fill)] {
    get { legendNames.indices.map { (legendNames[$0], legendFills[$0]) } }
    set {
      legendNames = newValue.map(\.name)
      legendFills = newValue.map(\.fill)
    }
  }
  private var legendNames: [String] = []
  private var legendFills: [Fill] = []

  public init(title: String, columns: [Column]) {
    self.title = title
    self.columns = columns
  }

  private static let bandHeight = 20
  private static let top = 76
  private static let addressWidth = 104
  private static let boxWidth = 420
  private static let gap = 28

  /// The picture, the same bytes for the same maps.
  public var svg: String {
    let step = Self.addressWidth + Self.boxWidth + Self.gap
    let width = max(columns.count, 1) * step + Self.gap
    let rows = columns.map(\.bands.count).max() ?? 0
    let height = Self.top + (rows + 1) * Self.bandHeight + Self.gap
    var text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" width="\(width)" height="\(height)" \
      viewBox="0 0 \(width) \(height)" font-family="sans-serif" font-size="12">
      <title id="title">\(Self.escaped(title))</title>
      <desc id="desc">\(Self.escaped(description))</desc>
      <rect width="\(width)" height="\(height)" fill="#ffffff"/>

      """
    text += drawnLegend()
    for (index, column) in columns.enumerated() { text += drawn(column, at: Self.gap + index * step) }
    return text + "</svg>\n"
  }

  /// What the picture shows, for those who do not see it.
  private var description: String {
    columns.map { column in
      "\(column.title): "
        + column.bands.map { band in (band.range.map { describe($0) + " " } ?? "") + band.title }.joined(
          separator: "; ")
    }.joined(separator: ". ")
  }

  private func drawnLegend() -> String {
    var text = ""
    var left = Self.gap
    for (name, fill) in legend {
      let shown = Self.short(name, 24)
      text += "<rect x=\"\(left)\" y=\"16\" width=\"14\" height=\"14\" fill=\"\(fill.colour)\" stroke=\"#555555\"/>\n"
      text += "<text x=\"\(left + 20)\" y=\"28\">\(Self.escaped(shown))</text>\n"
      left += 40 + 7 * shown.count
    }
    return text
  }

  private func drawn(_ column: Column, at left: Int) -> String {
    let box = left + Self.addressWidth
    var text =
      "<text x=\"\(box)\" y=\"\(Self.top - 12)\" font-weight=\"bold\">\(Self.escaped(Self.short(column.title, 46)))</text>\n"
    var top = Self.top
    for band in column.bands {
      let indent = band.isInside ? 16 : 0
      // The whole text is there for who points at it.
      text += "<g><title>\(Self.escaped(told(band)))</title>"
      let dashes = band.range == nil ? " stroke-dasharray=\"4 3\"" : ""
      text += "<rect x=\"\(box + indent)\" y=\"\(top)\" width=\"\(Self.boxWidth - indent)\""
      text += " height=\"\(Self.bandHeight)\" fill=\"\(band.fill.colour)\" stroke=\"#555555\"\(dashes)/>"
      let room = band.range == nil ? 62 : 48
      text += "<text x=\"\(box + indent + 6)\" y=\"\(top + 14)\">\(Self.escaped(Self.short(band.title, room)))</text>"
      if let range = band.range {
        let size = AddressLine.rounded(range.upperBound - range.lowerBound)
        text += "<text x=\"\(box + Self.boxWidth - 6)\" y=\"\(top + 14)\" text-anchor=\"end\">\(size)</text>"
        text += "<text x=\"\(box - 8)\" y=\"\(top + 14)\" text-anchor=\"end\" font-family=\"monospace\""
        text += " font-size=\"11\">\(hex(range.lowerBound))</text>"
      }
      text += "</g>\n"
      top += Self.bandHeight
    }
    return text
  }

  private func told(_ band: Band) -> String { (band.range.map { describe($0) + " " } ?? "") + band.title }

  private static func short(_ text: String, _ length: Int) -> String {
    text.count <= length ? text : text.prefix(length - 1) + "…"
  }

  /// Text for XML, which has no place for most control characters at all.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value): result += "\u{FFFD}"
      case _ where scalar.value & 0xFFFE == 0xFFFE: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension MapDrawing.Fill {
  /// Light enough for black letters. Names stand beside the colours, which need not be told apart.
  var colour: String {
    let palette = ["#bfdbf7", "#fde2a7", "#c8e6c9", "#f8c9d4", "#d9cdf0", "#ffd3b6", "#b8e3e0", "#e3dfb0"]
    switch self {
    case .nothing: return "#ffffff"
    case .xen: return "#d5d5d5"
    case .domain(let index): return palette[index % palette.count]
    }
  }
}
