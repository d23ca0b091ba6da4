// SPDX-License-Identifier: Apache-2.0

extension Rule {
  static let ownership: [Rule] = [
    .assertionFailed, .assertionSentence, .foreignRegisters, .memoryTwice, .sharedInterrupt, .sharedStream,
  ]
}
