// SPDX-License-Identifier: Apache-2.0
public import XenFacts

/// What each Xen does with one wrong tree: the data of a rule's page, and of the test that boots the tree.
public struct Effect: Hashable, Sendable {
  /// The name of the fixture: `bad` is `Fixtures/<rule>/bad.dts`; one that is no tree has its ending in the name, `bad.cfg`.
  public var fixture: String

  /// The name of its file.
  public var file: String { fixture.contains(".cfg") ? fixture : fixture + ".dts" }
  /// By version, in ascending order.
  public var outcomes: [Observation]

  public struct Observation: Hashable, Sendable {
    public var version: XenVersion
    public var outcome: Outcome

    public init(_ version: XenVersion, _ outcome: Outcome) {
      self.version = version
      self.outcome = outcome
    }
  }

  public enum Outcome: Hashable, Sendable {
    /// Xen stops. Its log holds this line, or a line with this in it.
    case panics(String)
    /// Not one line is printed.
    case silent
    /// Nothing goes on after the line that holds this; nil when any line may be the last one.
    case hangs(String?)
    /// As if nothing were wrong.
    case boots
    /// Boots, and somebody says exactly this line, which tells that something is not as it was asked for.
    case wrong(String)
    /// Xen starts the guest, and the guest stops with a line that holds this.
    case guestFails(String)
    /// Xen is not started: its UEFI stub goes back to the firmware after this line.
    case refused(String)
    /// Said by Xen's sources and not seen, with the reason why not.
    case unbooted(String)

    /// What happens, as the end of a sentence that starts with "Xen 4.20".
    public var text: String {
      switch self {
      case .panics(let line): "stops with \"\(line)\""
      case .silent: "prints nothing at all"
      case .hangs(let line): "hangs" + (line.map { " after \"\($0)\"" } ?? "")
      case .boots: "boots as if nothing were wrong"
      case .wrong(let line): "boots, but says \"\(line)\""
      case .guestFails(let line): "starts the guest, which fails with \"\(line)\""
      case .refused(let line): "is not started: its UEFI stub says \"\(line)\""
      case .unbooted(let reason): "has not been booted with it: \(reason)"
      }
    }
  }

  /// - Parameters:
  ///   - xen417: what Debian 12's Xen does.
  ///   - xen420: what Debian 13's Xen does; the same when it is nil.
  public init(_ fixture: String, xen417: Outcome, xen420: Outcome? = nil) {
    self.fixture = fixture
    outcomes = [
      Observation(XenVersion(4, 17), xen417), Observation(XenVersion(4, 20), xen420 ?? xen417),
    ]
  }

  public init(_ fixture: String, outcomes: [Observation]) {
    self.fixture = fixture
    self.outcomes = outcomes
  }
}
