// SPDX-License-Identifier: Apache-2.0

extension Rule {
  static let uefi: [Rule] = [
    .uefiBinaryAddress, .uefiBinaryFlow, .uefiBinaryName, .uefiBinaryPlace, .uefiChosenRanges, .uefiDomainCells,
    .uefiNodeCompatible, .uefiUnverified,
  ]
}
