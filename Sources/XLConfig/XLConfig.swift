// SPDX-License-Identifier: Apache-2.0
public import Diagnostics

/// A configuration of xl's language (`xl.cfg`, `xl.conf`), as libxlutil reads it.
///
/// A file is settings `name = value`. A value is a text, which a number is too until somebody asks for a number, or a
/// list of values. Which names mean something, and what, is not known here.
public struct XLConfig: Hashable, Sendable {
  /// The settings, each name once, in the order in which the names first appear.
  public internal(set) var settings: [Setting] = []
  /// What libxlutil takes in silence, or with a warning of its own, and does not take for what it looks like.
  public internal(set) var warnings: [Diagnostic] = []
  /// Where in `settings` a name is.
  var indices: [String: Int] = [:]

  init() {}

  /// A name and what it was set to last.
  public struct Setting: Hashable, Sendable {
    public var name: String
    public var value: Value
    /// Where the name stands in the assignment that gave the value.
    public var nameLocation: SourceLocation
  }

  /// A text or a list, and where it begins.
  public struct Value: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
      /// What stood between the quotes, without its escapes, or the letters of a number. Need not be UTF-8.
      case text([UInt8])
      case list([Value])

      /// Gives the content away and leaves an empty text.
      mutating func take() -> Content {
        var content = Content.text([])
        swap(&content, &self)
        return content
      }
    }

    public var content: Content
    public var location: SourceLocation

    public init(_ content: Content, at location: SourceLocation) {
      self.content = content
      self.location = location
    }

    public var isList: Bool {
      if case .list = content { return true }
      return false
    }

    /// The bytes of a text; nil for a list.
    public var bytes: [UInt8]? {
      guard case .text(let bytes) = content else { return nil }
      return bytes
    }

    /// The text, with what is not UTF-8 replaced; nil for a list.
    public var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// The values of a list; nil for a text.
    public var elements: [Value]? {
      guard case .list(let values) = content else { return nil }
      return values
    }
  }

  /// The setting of a name; nil when the file has none.
  public subscript(name: String) -> Setting? { indices[name].map { settings[$0] } }

  /// Gives a name its value, in place of one that it may have.
  mutating func set(_ setting: Setting) {
    if let index = indices[setting.name] {
      settings[index] = setting
    } else {
      indices[setting.name] = settings.count
      settings.append(setting)
    }
  }

  /// Adds a setting to the one of its name, list to list or text to text. False when they are of two kinds.
  mutating func append(_ setting: Setting) -> Bool {
    guard let index = indices[setting.name] else { return false }
    guard settings[index].value.isList == setting.value.isList else { return false }
    // What is added to is held here alone meanwhile, so that nothing is copied: a file may add a value in each line.
    switch settings[index].value.content.take() {
    case .list(var values):
      values += setting.value.elements ?? []
      settings[index].value.content = .list(values)
    case .text(var bytes):
      bytes += setting.value.bytes ?? []
      settings[index].value.content = .text(bytes)
    }
    settings[index].value.location = setting.value.location
    settings[index].nameLocation = setting.nameLocation
    return true
  }
}
