// SPDX-License-Identifier: Apache-2.0

extension Rule {
  static let console: [Rule] = [.commandLineWords, .consoleMissing, .guestConsole, .xenConsole]
}
