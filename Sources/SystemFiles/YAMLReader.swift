// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import Yams

/// Reads YAML text into `YAMLValue`. The only file that knows Yams.
enum YAMLReader {
  /// A description is written by hand; what is larger is none.
  static let sizeLimit = 1 << 20
  /// Each alias may double what it names, so few suffice for a bomb.
  static let aliasLimit = 20
  static let valueLimit = 20_000

  static func read(_ source: SourceText) throws(Failure) -> YAMLValue {
    func fail(_ rule: String, _ message: String, line: Int = 1, column: Int = 0) -> Failure {
      let place =
        column > 0
        ? Place(SourceLocation(file: source.name, line: line, column: column)) : Place(file: source.name)
      return Failure(.error(rule, message, at: place))
    }
    guard source.bytes.count <= sizeLimit else {
      throw fail("yaml-limit", "the description is larger than \(sizeLimit >> 20) MiB")
    }
    guard let text = String(validating: source.bytes, as: UTF8.self) else {
      throw fail("yaml-syntax", "the description is not UTF-8 text")
    }
    if let tooMany = alias(number: aliasLimit + 1, in: text) {
      throw fail(
        "yaml-limit", "more than \(aliasLimit) YAML aliases", line: tooMany.line, column: tooMany.column)
    }
    let node: Node?
    do {
      node = try compose(yaml: text)
    } catch let error as YamlError {
      throw failure(from: error, in: source.name)
    } catch {
      throw fail("yaml-syntax", "the description cannot be read: \(error)")
    }
    guard let node else { throw fail("description-empty", "the description is empty") }
    var converter = Converter(file: source.name)
    return try converter.convert(node)
  }

  /// The place of the n-th alias. What looks like one inside a text counts too: the limit is far from what people write.
  private static func alias(number: Int, in text: String) -> (line: Int, column: Int)? {
    var line = 1
    var column = 0
    var count = 0
    var previous = Unicode.Scalar(0x20 as UInt8)
    var isAlias = false
    for scalar in text.unicodeScalars {
      if scalar == "\n" {
        line += 1
        column = 0
      } else {
        column += 1
      }
      if isAlias, scalar != " ", scalar != "\n" {
        count += 1
        if count == number { return (line, column - 1) }
      }
      isAlias = scalar == "*" && (previous.properties.isWhitespace || "[{,:-?".unicodeScalars.contains(previous))
      previous = scalar
    }
    return nil
  }

  private static func failure(from error: YamlError, in file: String) -> Failure {
    func failure(_ problem: String, _ mark: Mark?, _ context: YamlError.Context? = nil) -> Failure {
      var message = problem
      if let context { message += " \(context.text)" }
      if problem.contains("cannot start any token") { message += "; a tab cannot indent YAML, use blanks" }
      guard let mark, mark.line > 0 else { return Failure(.error("yaml-syntax", message, at: Place(file: file))) }
      let location = SourceLocation(file: file, line: mark.line, column: mark.column)
      return Failure(.error("yaml-syntax", message, at: Place(location)))
    }
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      return failure(problem, mark, context)
    case .duplicatedKeysInMapping(let duplicates, let context):
      let names = duplicates.map { "`\($0)`" }.joined(separator: ", ")
      return failure("the key \(names) is given twice", context.mark)
    case .reader(let problem, _, _, _):
      return failure(problem, nil)
    default:
      return failure("the description cannot be read", nil)
    }
  }

  private struct Converter {
    var file: String
    var count = 0

    mutating func convert(_ node: Node) throws(Failure) -> YAMLValue {
      var location = SourceLocation(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
      count += 1
      guard count <= valueLimit else {
        throw Failure(.error("yaml-limit", "the description has more than \(valueLimit) values", at: Place(location)))
      }
      switch node {
      case .scalar(let scalar):
        let isPlain = scalar.style == .plain || scalar.style == .any
        if isPlain, ["", "~", "null"].contains(scalar.string) { return YAMLValue(content: .null, location: location) }
        location.endColumn = location.column + Int32(clamping: max(scalar.string.unicodeScalars.count - 1, 0))
        return YAMLValue(content: .text(scalar.string, isPlain: isPlain), location: location)
      case .sequence(let sequence):
        var list: [YAMLValue] = []
        for element in sequence { list.append(try convert(element)) }
        return YAMLValue(content: .list(list), location: location)
      case .mapping(let mapping):
        var entries: [YAMLValue.Entry] = []
        for (key, value) in mapping {
          let name = try convert(key)
          guard case .text(let text, _) = name.content else {
            throw Failure(.error("yaml-syntax", "a key must be a text, not \(name.noun)", at: name.place))
          }
          entries.append(YAMLValue.Entry(key: text, keyLocation: name.location, value: try convert(value)))
        }
        return YAMLValue(content: .mapping(entries), location: location)
      case .alias(let alias):
        throw Failure(.error("yaml-syntax", "the alias \(alias.anchor) names nothing", at: Place(location)))
      }
    }
  }
}
