// SPDX-License-Identifier: Apache-2.0

/// Why a device in a configuration of xl is not described.
public struct XLSpecificationError: Error, Hashable, Sendable {
  public var message: String
  public var hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }
}

/// A virtio device of a guest: an element of `virtio`.
public struct XLVirtioDevice: Hashable, Sendable {
  /// The compatible string: `virtio,device22`, or `virtio,device` for one that the guest asks for its kind.
  public var type: String
  /// The domain that emulates it; nil for dom0.
  public var backend: String?
  /// Whether it reaches the guest's memory through grants alone; nil to have it so unless dom0 emulates it.
  public var usesGrants: Bool?

  /// Reads `type=virtio,device22,transport=mmio,grant_usage=1`.
  public init(_ text: String) throws(XLSpecificationError) {
    var type: String?
    var hasTransport = false
    var words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)[...]
    while var word = words.popFirst() {
      while word.first == " " { word.removeFirst() }
      guard !word.isEmpty || !words.isEmpty else { continue }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { throw Self.unknown(word) }
      switch parts[0] {
      case "type":
        // The one value that may hold a comma.
        type = parts[1]
        if parts[1] == "virtio", let rest = words.first, rest.hasPrefix("device") {
          type = "virtio,\(rest)"
          words.removeFirst()
        }
      case "transport":
        guard parts[1] == "mmio" else {
          throw XLSpecificationError("the transport of a virtio device is `\(parts[1])`", hint: "xl knows `mmio`")
        }
        hasTransport = true
      case "backend": backend = parts[1]
      case "grant_usage":
        guard let number = Int64(parts[1]) else {
          throw XLSpecificationError("`grant_usage` of a virtio device is `\(parts[1])`", hint: "write 0 or 1")
        }
        usesGrants = number != 0
      default: throw Self.unknown(word)
      }
    }
    guard let type, hasTransport else {
      throw XLSpecificationError(
        "the virtio device `\(text)` has no \(type == nil ? "type" : "transport")",
        hint: "write `type=virtio,device22,transport=mmio`")
    }
    guard Self.isKnown(type) else {
      throw XLSpecificationError(
        "`\(type)` is no virtio device",
        hint: "write `virtio,device`, or `virtio,deviceN` with the device's number in small hexadecimal digits")
    }
    self.type = type
  }

  private static func isKnown(_ type: String) -> Bool {
    guard type.hasPrefix("virtio,device") else { return false }
    return type.utf8.dropFirst("virtio,device".utf8.count).allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
    }
  }

  private static func unknown(_ word: String) -> XLSpecificationError {
    let names = ["type", "transport", "backend", "grant_usage"].map { "`\($0)`" }.joined(separator: ", ")
    return XLSpecificationError("xl does not know `\(word)` of a virtio device", hint: "it knows \(names)")
  }
}
