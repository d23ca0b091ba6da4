// SPDX-License-Identifier: Apache-2.0

extension Rule {
  static let modules: [Rule] = [
    .cellSizes, .commandLineLength, .initrdLeftover, .kernelMissing, .moduleCompatible, .moduleFileSize, .moduleFormat,
    .moduleMisfit, .moduleMisplaced, .moduleOfAnother, .moduleOutsideRAM, .moduleOverLoader, .moduleOverlap,
    .modulePathLength,
    .moduleReg,
    .moduleRepeated, .moduleSharing, .moduleUnitAddress, .tooManyModules,
  ]
}
