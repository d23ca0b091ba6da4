// SPDX-License-Identifier: Apache-2.0

extension Rule {
  static let staticResources: [Rule] = [
    .cacheColours, .cpuPools, .directMap, .eventChannelDomains, .eventChannels, .sharedMemoryRule, .staticHeap,
    .staticMemory,
  ]
}
