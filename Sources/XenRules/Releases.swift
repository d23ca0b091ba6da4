// SPDX-License-Identifier: Apache-2.0
public import XenFacts

/// The releases of Xen that behave as a rule says.
public struct Releases: Hashable, Sendable {
  /// The first one, or nil when it is so from the start.
  public let first: XenVersion?
  /// The first one that does not behave so any more, or nil when the newest one still does.
  public let end: XenVersion?

  public static let all = Releases(first: nil, end: nil)

  public static func since(_ major: Int, _ minor: Int) -> Releases {
    Releases(first: XenVersion(major, minor), end: nil)
  }

  public static func before(_ major: Int, _ minor: Int) -> Releases {
    Releases(first: nil, end: XenVersion(major, minor))
  }

  /// The releases of `self` that come before the given one.
  public func before(_ major: Int, _ minor: Int) -> Releases {
    Releases(first: first, end: XenVersion(major, minor))
  }

  private init(first: XenVersion?, end: XenVersion?) {
    self.first = first
    self.end = end
  }

  public func contains(_ version: XenVersion) -> Bool {
    if let first, version < first { return false }
    if let end, !(version < end) { return false }
    return true
  }

  /// `all`, `4.20 and newer`, `before 4.18`, or `4.17 to before 4.19`.
  public var text: String {
    switch (first, end) {
    case (nil, nil): "all"
    case (let first?, nil): "\(first.text) and newer"
    case (nil, let end?): "before \(end.text)"
    case (let first?, let end?): "\(first.text) to before \(end.text)"
    }
  }
}
