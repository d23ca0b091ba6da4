// SPDX-License-Identifier: Apache-2.0

/// A release of Xen, as its device trees and banners name it: `4.20`.
public struct XenVersion: Hashable, Comparable, Sendable {
  public var major: Int
  public var minor: Int

  public init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads `4.20` or `4.20.3`; the point release is left out. Nil when the text is no version.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), let major = Int(parts[0]), let minor = Int(parts[1]),
      major >= 0, minor >= 0, parts.count == 2 || Int(parts[2]) != nil
    else { return nil }
    self.init(major, minor)
  }

  /// The newest release whose bindings are known here.
  public static let newestKnown = XenVersion(4, 22)

  public static func < (left: XenVersion, right: XenVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }

  public var text: String { "\(major).\(minor)" }
}
