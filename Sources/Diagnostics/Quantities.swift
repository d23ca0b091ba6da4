// SPDX-License-Identifier: Apache-2.0

/// A half-open range of addresses with its size: `[0x40000000, 0x40200000), 2 MiB`.
public func describe(_ range: Range<UInt64>) -> String {
  "[\(hex(range.lowerBound)), \(hex(range.upperBound))), \(describeSize(range.upperBound - range.lowerBound))"
}

/// A size in the largest unit that leaves no fraction: `512 MiB`, `983048 bytes`.
public func describeSize(_ size: UInt64) -> String {
  guard size != 0 else { return "0 bytes" }
  for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] as [(UInt64, String)]
  where size & ((1 << shift) - 1) == 0 {
    return "\(size >> shift) \(unit)"
  }
  return size == 1 ? "1 byte" : "\(size) bytes"
}

/// An address or a number as `0x…` in lower case.
public func hex(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }
