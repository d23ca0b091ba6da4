// SPDX-License-Identifier: Apache-2.0

extension Rule {
  static let modules: [Rule] = [.kernelMissing, .moduleOutsideRAM, .moduleOverlap, .moduleReg, .tooManyModules]
}
