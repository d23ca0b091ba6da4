// SPDX-License-Identifier: Apache-2.0

/// A network interface of a guest: an element of `vif`.
public struct XLNetwork: Hashable, Sendable {
  /// `mac`, `bridge`, `script`, `ip`, `backend` and what else xl knows, as it is written.
  public var options: [String: String] = [:]
  /// Words that xl says it does not recognise, and leaves.
  public var unknown: [String] = []

  public var mac: String? { options["mac"] }
  public var bridge: String? { options["bridge"] }
  public var backend: String? { options["backend"] }

  /// What xl of 4.17 and 4.20 took over.
  private static let known: Set<String> = [
    "accel", "backend", "bridge", "devid", "forwarddev", "gatewaydev", "ip", "mac", "model", "mtu", "netdev", "rate",
    "script", "type", "vifname",
  ]

  /// Reads `mac=00:16:3e:00:00:01,bridge=xenbr0`. An empty text is an interface of which nothing is said.
  public init(_ text: String) throws(XLSpecificationError) {
    for part in text.split(separator: ",") {
      let word = String(part.drop { $0 == " " })
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, Self.known.contains(parts[0]) else {
        unknown.append(word)
        continue
      }
      options[parts[0]] = parts[1]
    }
    for name in ["devid", "mtu"] {
      if let number = options[name], UInt32(number) == nil {
        throw XLSpecificationError("the \(name) of a network interface is `\(number)`", hint: "write a number")
      }
    }
    if let mac, !Self.isAddress(mac) {
      throw XLSpecificationError("`\(mac)` is no address of a network interface", hint: "write `00:16:3e:00:00:01`")
    }
  }

  private static func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count == 6 && parts.allSatisfy { $0.count == 2 && UInt8($0, radix: 16) != nil }
  }
}
