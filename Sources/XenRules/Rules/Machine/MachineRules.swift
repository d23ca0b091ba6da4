// SPDX-License-Identifier: Apache-2.0

extension Rule {
  static let machine: [Rule] = [.dom0Memory, .hostMemoryMissing, .memoryOverRAM]
}
