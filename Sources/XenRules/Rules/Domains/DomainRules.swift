// SPDX-License-Identifier: Apache-2.0

extension Rule {
  static let domains: [Rule] = [
    .buildOptionMissing, .capabilities, .cpusMissing, .domainCompatible, .domainMisplaced, .domainName,
    .duplicateDomainName, .enhanced, .grantLimits, .interruptCount, .memoryMissing, .memoryTooSmall, .noDomains,
    .passthroughValue, .propertyMisplaced, .propertyTooNew, .propertyValue, .sciType, .trapAccesses, .unknownProperty,
    .vectorLength, .virtualCPUs,
  ]
}
