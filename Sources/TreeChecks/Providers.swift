// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// Properties such as clocks: a list of phandles, each followed by as many cells as the node says that it names.
extension TreeCheck {
  static let providers = ProviderProperty.checked.flatMap(checks)

  private static func checks(_ provider: ProviderProperty) -> [TreeCheck] {
    let (property, cells, isOptional) = (provider.name, provider.cells, provider.isOptional)
    let stem = String(decoding: property.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
    return [
      cell("\(stem)_is_cell", cells),
      TreeCheck(
        "\(stem)_property", after: ["\(stem)_is_cell", "phandle_references"],
        "\(property) holds phandles, each with the cells that the \(cells) of its node asks for"
      ) { run in
        for at in run.uses(of: property) {
          let use = run.properties.use(at)
          run.checkSpecifiers(use, cells: cells, isOptional: isOptional)
        }
      },
    ]
  }
}

extension Inspection {
  /// Checks a list of phandles, each followed by so many cells as its node says in `cells`.
  mutating func checkSpecifiers(_ property: PropertyRef, cells: String, isOptional: Bool = false) {
    let length = length(property)
    guard length % 4 == 0 else {
      return report(property, "property size (\(length)) is invalid, expected multiple of 4")
    }
    let count = length / 4
    var nextWritten = Int(written[property.index])
    // A value of a source says what was a reference. What was read from a blob does not.
    let isMarked = options.origin != .blob && count > 0
    var cell = 0
    while cell < count, let phandle = self.cell(cell, of: property) {
      // A phandle of 0 or -1 says that there is none in this place.
      if phandle == 0 || phandle == .max {
        // In an overlay it may stand for a node of the tree below, of which nothing is known, nor of what follows.
        if isPlugin { return }
        cell += 1
        continue
      }
      if isMarked {
        while nextWritten >= 0, writtenOffsets[nextWritten] >= 0, writtenOffsets[nextWritten] < cell * 4 {
          nextWritten += 1
        }
        if nextWritten < 0 || writtenOffsets[nextWritten] != cell * 4 {
          report(property, "cell \(cell) is not a phandle reference")
        }
      }
      guard let target = phandles[phandle] else {
        return report(property, "Could not get phandle node for (cell \(cell))")
      }
      var wanted = 0
      if let size = find(cells, in: target) {
        wanted = Int(self.cell(0, of: size) ?? 0)
      } else if !isOptional {
        let name = name(of: property)
        return report(
          property.node,
          """
          Missing property '\(cells)' in node \(path: target) or bad phandle \
          (referred from \(name)[\(cell)])
          """
        )
      }
      guard cell + wanted + 1 <= count else {
        return report(property, "property size (\(length)) too small for cell size \(wanted)")
      }
      cell += wanted + 1
    }
  }
}
