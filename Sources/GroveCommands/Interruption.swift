// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// Lets a command that has made a temporary folder remove it when it is interrupted.
///
/// While it lives, a signal that would end the process is only noted. `end()` gives the signals their meaning back, and sends
/// the one that came to this process again: whoever waits for it is told the truth.
struct Interruption {
  /// The number of the signal that came.
  private static let received = Atomic<Int32>(0)

  static var hasCome: Bool { received.load(ordering: .relaxed) != 0 }

  private let signals: [Int32]

  init() {
    // Who started this with nohup, or in the background, wants it to go on.
    signals = [SIGINT, SIGTERM, SIGHUP].filter { !Self.isIgnored($0) }
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in signals {
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = { number in
        Interruption.received.store(number, ordering: .relaxed)
      }
      unsafe sigaction(number, &action, nil)
      unsafe sigaddset(&set, number)
    }
    // A thread of the parent may have started us with all signals blocked.
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  func end() {
    for number in signals { signal(number, SIG_DFL) }
    let number = Self.received.load(ordering: .relaxed)
    if number != 0 { raise(number) }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    unsafe sigaction(number, nil, &action)
    // SIG_IGN is 1, and not visible from here.
    return unsafe action.__sigaction_handler.sa_handler.map { unsafe unsafeBitCast($0, to: Int.self) == 1 } ?? false
  }
}
