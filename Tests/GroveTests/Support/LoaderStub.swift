// SPDX-License-Identifier: Apache-2.0

/// A loader for arm64 that knows two numbers: six instructions set x0 to x3 and branch, and the numbers follow.
func loaderStub(tree: UInt64, entry: UInt64) -> [UInt8] {
  var stub: [UInt8] = []
  for word in [0x5800_00c0, 0xd280_0001, 0xd280_0002, 0xd280_0003, 0x5800_0084, 0xd61f_0080] as [UInt32] {
    stub += (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
  }
  for value in [tree, entry] { stub += (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) } }
  return stub
}
