// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import GuestTree

/// `manifest.json`: every file of an output folder with its size, its SHA-256 and the address that it is loaded to.
public struct Manifest: Hashable, Sendable {
  public static let fileName = "manifest.json"

  public struct Entry: Hashable, Sendable {
    public let target: BootTarget
    /// Relative to the output folder, with the target's folder in front: `qemu/boot.dtb`.
    public let path: String
    public let size: Int
    /// 64 lower-case hexadecimal digits.
    public let sha256: String
    public let address: UInt64?
  }

  public var entries: [Entry]

  public init(_ plans: [BootPlan]) {
    var hashes = HashesByContents()
    entries = plans.flatMap { plan in
      plan.files.map { file in
        Entry(
          target: plan.target, path: "\(plan.target.rawValue)/\(file.path)", size: file.bytes.count,
          sha256: hashes.sha256(of: file.bytes), address: file.address)
      }
    }
  }

  /// The manifest as it stands in the file: a line for each entry, the keys always in the same order.
  public var text: String {
    guard !entries.isEmpty else { return "{\"files\":[]}\n" }
    let lines = entries.map { entry in
      let address = entry.address.map { "\"0x" + String($0, radix: 16) + "\"" } ?? "null"
      return "  {\"target\":\(GuestPlan.quoted(entry.target.rawValue)),\"path\":\(GuestPlan.quoted(entry.path)),"
        + "\"size\":\(entry.size),\"sha256\":\(GuestPlan.quoted(entry.sha256)),\"address\":\(address)}"
    }
    return "{\"files\":[\n" + lines.joined(separator: ",\n") + "\n]}\n"
  }

  /// Reads a manifest; nil when it is none of ours, as when a path leaves the folder.
  public init?(text: [UInt8]) {
    guard let document = try? JSONDecoder().decode(Document.self, from: Data(text)) else { return nil }
    entries = []
    for file in document.files {
      let parts = file.path.split(separator: "/", omittingEmptySubsequences: false)
      guard let target = BootTarget(rawValue: file.target), parts.count >= 2, parts[0] == file.target,
        parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), file.size >= 0
      else { return nil }
      var address: UInt64?
      if let text = file.address {
        guard text.hasPrefix("0x"), let number = UInt64(text.dropFirst(2), radix: 16) else { return nil }
        address = number
      }
      entries.append(
        Entry(target: target, path: file.path, size: file.size, sha256: file.sha256, address: address))
    }
  }

  private struct Document: Decodable {
    struct File: Decodable {
      let target: String
      let path: String
      let size: Int
      let sha256: String
      let address: String?
    }

    let files: [File]
  }
}

/// SHA-256 of files of which many are the same: a kernel goes into every target's folder.
private struct HashesByContents {
  private var known: [(bytes: [UInt8], hash: String)] = []

  mutating func sha256(of bytes: [UInt8]) -> String {
    // Copies of one array share their storage, so that comparing them is cheap; others mostly differ in length.
    if let entry = known.first(where: { $0.bytes.count == bytes.count && $0.bytes == bytes }) { return entry.hash }
    let hash = FileDigest.sha256(bytes)
    known.append((bytes, hash))
    return hash
  }
}
