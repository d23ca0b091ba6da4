// SPDX-License-Identifier: Apache-2.0

extension Rule {
  static let descriptions: [Rule] = [.fileMissing, .memoryUnit, .unknownKey]
}
