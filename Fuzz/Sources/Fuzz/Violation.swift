// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Ends the process because something did not hold, for libFuzzer to see.
func violated(_ what: String) -> Never {
  let text = Array("violated: \(what)\n".utf8)
  unsafe text.withUnsafeBytes { unsafe _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  abort()
}

/// Ends the process unless something holds.
func hold(_ condition: Bool, _ what: @autoclosure () -> String) {
  if !condition { violated(what()) }
}
