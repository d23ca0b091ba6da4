// SPDX-License-Identifier: Apache-2.0
public import XenFacts

/// A disk of a guest: an element of `disk`, as xl-disk-configuration(5) tells it.
public struct XLDisk: Hashable, Sendable {
  public enum Format: String, Hashable, Sendable, CaseIterable {
    case raw, qcow, qcow2, vhd, vhdx, qed, empty
  }

  public enum Specification: String, Hashable, Sendable, CaseIterable {
    case xen, virtio
  }

  /// A device or a file in the domain that serves it; empty for a drive without a disc.
  public var target: String?
  public var vdev: String
  public var format: Format
  public var isWritable: Bool
  public var isCDROM: Bool
  /// The domain that serves it; nil for dom0.
  public var backend: String?
  public var backendType: String?
  public var script: String?
  /// Nil for that of Xen.
  public var specification: Specification?
  /// Whether a virtio disk reaches the guest's memory through grants alone; nil to have it so unless dom0 serves it.
  public var usesGrants: Bool?

  /// Whether the guest's tree has a node for it.
  public var isVirtio: Bool { specification == .virtio }

  /// Reads `format=raw,vdev=xvda,access=rw,target=/d.img`, `/d.img,raw,xvda,rw`, and the older `phy:/dev/vg/a,xvda,w`.
  public init(_ text: String, xen: XenVersion) throws(XLSpecificationError) {
    var words = XLDiskWords(text, knowsGrants: xen >= XenVersion(4, 18))
    try words.read()
    words.finish()
    guard let vdev = words.values["vdev"] else { throw XLSpecificationError("the disk `\(text)` has no vdev") }
    guard words.values["target"] != nil || words.isCDROM else {
      throw XLSpecificationError("the disk `\(text)` has no target")
    }
    target = words.values["target"]
    self.vdev = vdev
    isCDROM = words.isCDROM
    let format = try words.choice("format", Format.allCases.map { ($0.rawValue, $0) }) ?? .raw
    self.format = isCDROM && (target ?? "").isEmpty ? .empty : format
    let access = try words.choice("access", [("rw", true), ("w", true), ("ro", false), ("r", false)])
    isWritable = (access ?? true) && !isCDROM
    backend = words.values["backend"]
    backendType = try words.choice("backendtype", ["phy", "qdisk", "tap", "standalone"].map { ($0, $0) })
    script = words.values["script"]
    specification = try words.choice("specification", Specification.allCases.map { ($0.rawValue, $0) })
    usesGrants = try words.choice("grant_usage", [("1", true), ("0", false)])
  }
}

/// The words of a disk.
private struct XLDiskWords {
  private let text: String
  private let knowsGrants: Bool
  private(set) var values: [String: String] = [:]
  private(set) var isCDROM = false
  /// Places without a word, which a name may still fill.
  private var leftEmpty: [String] = []

  private static let positions = ["target", "format", "vdev", "access"]
  private static let names: Set<String> = [
    "format", "vdev", "access", "backend", "backendtype", "script", "devtype", "specification", "active-disk",
    "colo-export", "colo-host", "colo-port", "hidden-disk",
  ]
  private static let flags: Set<String> = ["discard", "no-discard", "direct-io-safe", "colo", "no-colo"]
  /// Old words before the name of a file that say its format.
  private static let prefixes = [
    "phy": "raw", "file": "raw", "aio": "raw", "raw": "raw", "qcow2": "qcow2", "qcow": "qcow", "vhd": "vhd",
  ]
  /// Old words before the name of a file that say which script attaches it.
  private static let scripts: Set<String> = ["drbd", "nbd", "iscsi"]

  init(_ text: String, knowsGrants: Bool) {
    self.text = text
    self.knowsGrants = knowsGrants
  }

  mutating func read() throws(XLSpecificationError) {
    var rest = text[...]
    rest = rest.drop { $0 == " " || $0 == "\t" }
    try readPrefixes(&rest)
    var places = Self.positions[...]
    while !rest.isEmpty {
      rest = rest.drop { $0 == " " || $0 == "\t" }
      if rest.hasPrefix("target=") {
        // It is the last, and may hold commas, but for one at its end.
        let target = rest.dropFirst("target=".count)
        try set("target", String(target.last == "," ? target.dropLast() : target))
        return
      }
      let word = String(rest.prefix { $0 != "," })
      rest = rest.dropFirst(word.count + 1)
      try read(word, &places)
    }
  }

  mutating func finish() {
    for place in leftEmpty where values[place] == nil { values[place] = "" }
  }

  private mutating func read(_ word: String, _ places: inout ArraySlice<String>) throws(XLSpecificationError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    if parts.count == 2 {
      guard Self.names.contains(parts[0]) || (parts[0] == "grant_usage" && knowsGrants) else {
        throw XLSpecificationError(
          "xl does not know `\(word)` of the disk `\(text)`",
          hint: parts[0] == "grant_usage" ? "xl of Xen 4.18 and later does" : nil)
      }
      if parts[0] == "devtype" {
        guard ["cdrom", "disk"].contains(parts[1]) else { throw unknown("devtype", parts[1]) }
        isCDROM = parts[1] == "cdrom"
        return
      }
      try set(parts[0], parts[1])
    } else if word == "cdrom" {
      isCDROM = true
    } else if !Self.flags.contains(word), !(knowsGrants && ["trusted", "untrusted"].contains(word)) {
      // A place that a name has filled already is passed over.
      while let place = places.first, values[place] != nil { places.removeFirst() }
      guard let place = places.popFirst() else {
        throw XLSpecificationError("the disk `\(text)` has more words than target, format, vdev and access")
      }
      if place == "vdev", let colon = word.firstIndex(of: ":") {
        guard word[colon...] == ":cdrom" else { throw unknown("type", String(word[colon...].dropFirst()), ["cdrom"]) }
        isCDROM = true
        values[place] = String(word[..<colon])
      } else if !word.isEmpty {
        values[place] = word
      } else if place == "target" || place == "vdev" {
        leftEmpty.append(place)
      }
    }
  }

  private mutating func readPrefixes(_ rest: inout Substring) throws(XLSpecificationError) {
    while let end = rest.firstIndex(where: { !($0.isASCII && ($0.isLowercase || $0.isNumber)) }), rest[end] == ":" {
      let word = String(rest[..<end])
      rest = rest[rest.index(after: end)...]
      if ["tap", "tap2", "tapdisk"].contains(word) {
        values["format"] = "raw"
      } else if let format = Self.prefixes[word] {
        values["format"] = format
        return
      } else if Self.scripts.contains(word) {
        values["format"] = "raw"
        values["script"] = "block-\(word)"
        return
      } else {
        throw XLSpecificationError("xl does not know `\(word):` before the name of the disk `\(text)`")
      }
    }
  }

  private mutating func set(_ name: String, _ value: String) throws(XLSpecificationError) {
    guard values[name] == nil else { throw XLSpecificationError("the disk `\(text)` says \(name) twice") }
    values[name] = value
  }

  func choice<Choice>(_ name: String, _ choices: [(String, Choice)]) throws(XLSpecificationError) -> Choice? {
    guard let value = values[name] else { return nil }
    guard let choice = choices.first(where: { $0.0 == value }) else {
      throw unknown(name, value, choices.map { $0.0 })
    }
    return choice.1
  }

  private func unknown(_ name: String, _ value: String, _ known: [String] = []) -> XLSpecificationError {
    let hint = known.isEmpty ? nil : "it knows " + known.map { "`\($0)`" }.joined(separator: ", ")
    return XLSpecificationError("xl does not know the \(name) `\(value)` of the disk `\(text)`", hint: hint)
  }
}
