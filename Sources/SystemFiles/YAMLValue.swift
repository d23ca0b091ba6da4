// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

/// A YAML document as a description needs it: texts, lists and mappings, each with its place.
struct YAMLValue {
  indirect enum Content {
    /// A scalar; `isPlain` when it was written without quotes, so that it may also be a number or true.
    case text(String, isPlain: Bool)
    case list([YAMLValue])
    case mapping([Entry])
    case null
  }

  struct Entry {
    var key: String
    var keyLocation: SourceLocation
    var value: YAMLValue
  }

  var content: Content
  var location: SourceLocation

  var place: Place { Place(location) }

  /// What the value is, for messages.
  var noun: String {
    switch content {
    case .text: "a text"
    case .list: "a list"
    case .mapping: "a mapping"
    case .null: "nothing"
    }
  }
}
