// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// Lets a command that has made a temporary folder remove it when it is interrupted.
///
/// While it lives, a signal that would end the process is only noted. `end()` gives the signals their meaning back, and sends
/// the one that came to this process again: whoever waits for it is told the truth.
struct Interruption {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]
  /// The number of the signal that came.
  private static let received = Atomic<Int32>(0)

  static var hasCome: Bool { received.load(ordering: .relaxed) != 0 }

  init() {
    for number in Self.signals {
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = { number in Interruption.received.store(number, ordering: .relaxed)
      }
      unsafe sigaction(number, &action, nil)
    }
  }

  func end() {
    for number in Self.signals { signal(number, SIG_DFL) }
    let number = Self.received.load(ordering: .relaxed)
    if number != 0 { raise(number) }
  }
}
