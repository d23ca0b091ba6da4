// SPDX-License-Identifier: Apache-2.0

extension Rule {
  static let domains: [Rule] = [
    .buildOptionMissing, .capabilities, .cpusMissing, .domainCompatible, .domainMisplaced, .domainName,
    .duplicateDomainName, .enhanced, .grantLimits, .interruptCount, .memoryAlignment, .memoryMissing, .memoryTooSmall,
    .noDomains,
    .pageTablePool, .passthroughValue, .propertyMisplaced, .propertyTooNew, .propertyValue, .sciType, .trapAccesses,
    .unknownProperty,
    .vectorLength, .virtualCPUs,
  ]
}
