// SPDX-License-Identifier: Apache-2.0

/// The text of a finding. Paths in it are written out only when the text is shown.
struct FindingText: Sendable, ExpressibleByStringInterpolation {
  enum Piece: Sendable {
    case text(String)
    case path(Int32)
  }

  struct StringInterpolation: StringInterpolationProtocol {
    var pieces: [Piece] = []

    init(literalCapacity: Int, interpolationCount: Int) {}

    mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { pieces.append(.text(literal)) }
    }

    mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      pieces.append(.text(value.description))
    }

    mutating func appendInterpolation(path node: Int32) {
      pieces.append(.path(node))
    }

    mutating func appendInterpolation(_ text: FindingText) {
      pieces += text.pieces
    }
  }

  var pieces: [Piece]

  init(stringLiteral text: String) {
    pieces = [.text(text)]
  }

  init(stringInterpolation: StringInterpolation) {
    pieces = stringInterpolation.pieces
  }

  func written(with paths: NodePaths) -> String {
    var text = ""
    for piece in pieces {
      switch piece {
      case .text(let part): text += part
      case .path(let node): text += paths.path(of: node)
      }
    }
    return text
  }
}
