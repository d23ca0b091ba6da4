// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import TreeChecks

/// What the command line asks for.
struct Options {
  enum Format: String {
    case dts, dtb, fs, yaml, asm, null
  }

  var input: String?
  var inputFormat: Format?
  var output: String?
  var outputFormat: Format?
  var version = FlattenedTree.Version.v17
  var dependencyFile: String?
  var reserveEntries = 0
  var minimumSize = 0
  var padding = 0
  var alignment = 1
  var bootCPU: UInt32?
  var force = false
  var quiet = 0
  var includeFolders: [String] = []
  var sorts = false
  var phandleFormat = CheckOptions.PhandleFormat.epapr
  var levels = CheckLevels()
  var symbols = false
  var localFixups = false
  var autoAliases = false
  var annotation = 0
}

/// What comes of reading the command line when there is nothing to compile.
enum Refusal: Error {
  /// `-h`
  case help
  /// `-v`
  case version
  /// Not a command line of ours; the usage is shown as well.
  case usage(String)
  /// An option is known and its argument is none.
  case fatal(String)
}

extension Options {
  /// Reads the arguments behind the program's name. Options and the input may stand in any order, short options may share
  /// a dash, and long ones may be cut as long as they stay unique.
  init(_ arguments: [String]) throws(Refusal) {
    self.init()
    var upcoming = arguments[...]
    var files: [String] = []
    while let argument = upcoming.popFirst() {
      if argument == "--" {
        files += upcoming
        break
      } else if argument.utf8.starts(with: "--".utf8) {
        try takeLong(argument.dropFirst(2), &upcoming)
      } else if argument.utf8.first == UInt8(ascii: "-"), argument.utf8.count > 1 {
        try takeShort(argument, &upcoming)
      } else {
        files.append(argument)
      }
    }
    guard files.count <= 1 else { throw .usage("more than one input file") }
    input = files.first
    if minimumSize != 0, padding != 0 { throw .fatal("-p and -S exclude each other") }
  }

  private static let long: [(name: String, short: Unicode.Scalar)] = [
    ("quiet", "q"), ("in-format", "I"), ("out", "o"), ("out-format", "O"), ("out-version", "V"),
    ("out-dependency", "d"), ("reserve", "R"), ("space", "S"), ("pad", "p"), ("align", "a"), ("boot-cpu", "b"),
    ("force", "f"), ("include", "i"), ("sort", "s"), ("phandle", "H"), ("warning", "W"), ("error", "E"),
    ("symbols", "@"), ("local-fixups", "L"), ("auto-alias", "A"), ("annotate", "T"), ("help", "h"), ("version", "v"),
  ]

  private static func takesArgument(_ option: Unicode.Scalar) -> Bool {
    switch option {
    case "I", "o", "O", "V", "d", "R", "S", "p", "a", "b", "i", "H", "W", "E": true
    default: false
    }
  }

  private mutating func takeLong(_ argument: Substring, _ upcoming: inout ArraySlice<String>) throws(Refusal) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = parts.first ?? ""
    let exact = Self.long.filter { $0.name == name }
    let candidates = exact.isEmpty ? Self.long.filter { $0.name.hasPrefix(name) } : exact
    guard let option = candidates.first else { throw .usage("there is no option --\(name)") }
    guard candidates.count == 1 else {
      throw .usage("--\(name) may be " + candidates.map { "--" + $0.name }.joined(separator: " or "))
    }
    guard Self.takesArgument(option.short) else {
      guard parts.count == 1 else { throw .usage("--\(option.name) takes no argument") }
      return try take(option.short, "")
    }
    if parts.count == 2 { return try take(option.short, String(parts[1])) }
    guard let value = upcoming.popFirst() else { throw .usage("--\(option.name) needs an argument") }
    try take(option.short, value)
  }

  /// Takes the options that share a dash.
  private mutating func takeShort(_ group: String, _ upcoming: inout ArraySlice<String>) throws(Refusal) {
    var rest = group.unicodeScalars.dropFirst()
    while let option = rest.popFirst() {
      guard Self.takesArgument(option) else {
        try take(option, "")
        continue
      }
      if !rest.isEmpty { return try take(option, String(rest)) }
      guard let value = upcoming.popFirst() else { throw .usage("-\(option) needs an argument") }
      return try take(option, value)
    }
  }

  private mutating func take(_ option: Unicode.Scalar, _ value: String) throws(Refusal) {
    switch option {
    case "q": quiet += 1
    case "I": inputFormat = try Self.format(value, isInput: true)
    case "o": output = value
    case "O": outputFormat = try Self.format(value, isInput: false)
    case "V":
      guard let number = Self.number(value),
        let known = FlattenedTree.Version(rawValue: UInt32(truncatingIfNeeded: number))
      else { throw .fatal("Unknown device tree blob version \(value): 1, 2, 3, 16 and 17 are known") }
      version = known
    case "d": dependencyFile = value
    case "R": reserveEntries = try count(value, option)
    case "S": minimumSize = try count(value, option)
    case "p": padding = try count(value, option)
    case "a":
      alignment = try count(value, option)
      guard alignment > 0, alignment & (alignment - 1) == 0 else {
        throw .fatal("Invalid argument \"\(value)\" to -a option: a power of two is needed")
      }
    case "f": force = true
    case "b": bootCPU = UInt32(truncatingIfNeeded: try count(value, option))
    case "i": includeFolders.append(value)
    case "s": sorts = true
    case "H":
      guard let format = CheckOptions.PhandleFormat(rawValue: value) else {
        throw .fatal("Invalid argument \"\(value)\" to -H option: legacy, epapr and both are known")
      }
      phandleFormat = format
    case "W", "E":
      do throws(CheckLevels.UnknownCheck) {
        if option == "W" { try levels.warn(value) } else { try levels.fail(value) }
      } catch { throw .fatal("Unrecognized check name \"\(error.name)\"") }
    case "@": symbols = true
    case "L": localFixups = true
    case "A": autoAliases = true
    case "T": annotation += 1
    case "h": throw .help
    case "v": throw .version
    default: throw .usage("there is no option -\(option)")
    }
  }

  private static func format(_ name: String, isInput: Bool) throws(Refusal) -> Format {
    switch name {
    case "dts": return .dts
    case "dtb": return .dtb
    case "fs" where isInput: return .fs
    case "yaml" where !isInput: return .yaml
    case "asm" where !isInput: return .asm
    case "null" where !isInput: return .null
    default: throw .fatal("Unknown \(isInput ? "input" : "output") format \"\(name)\"")
    }
  }

  private func count(_ text: String, _ option: Unicode.Scalar) throws(Refusal) -> Int {
    guard let number = Self.number(text), number <= Int(Int32.max) else {
      throw .fatal("Invalid argument \"\(text)\" to -\(option) option: a number is needed")
    }
    return number
  }

  /// A number as C writes it: 16, 0x10 or 020.
  static func number(_ text: String) -> Int? {
    let (digits, radix): (Substring, Int) =
      if text.hasPrefix("0x") || text.hasPrefix("0X") {
        (text.dropFirst(2), 16)
      } else if text.hasPrefix("0"), text.utf8.count > 1 {
        (text.dropFirst(), 8)
      } else {
        (text[...], 10)
      }
    guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
    return Int(digits, radix: radix)
  }
}
