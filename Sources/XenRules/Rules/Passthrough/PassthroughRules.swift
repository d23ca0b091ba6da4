// SPDX-License-Identifier: Apache-2.0

extension Rule {
  static let passthrough: [Rule] = [
    .passthroughAddress, .passthroughBus, .passthroughCells, .passthroughConsoleInterrupt, .passthroughDMA,
    .passthroughGICCopied,
    .passthroughGICPhandle, .passthroughGuestAddress, .passthroughIOMMU, .passthroughIncomplete,
    .passthroughInterruptRange, .passthroughInterrupts, .passthroughMark, .passthroughNames, .passthroughNeighbours,
    .passthroughPath, .passthroughPhandles, .passthroughPrivateInterrupt, .passthroughProperty,
    .passthroughReferences, .passthroughRegister, .passthroughTop, .passthroughTwice,
    .passthroughTreeSize, .passthroughUnaligned, .passthroughUnused, .passthroughXenDevice,
  ]

  static let passthroughPlanning: [Rule] = [
    .passthroughChoice, .passthroughClock, .passthroughDevice, .passthroughDisabled, .passthroughInterrupt,
    .passthroughPartner,
  ]
}
