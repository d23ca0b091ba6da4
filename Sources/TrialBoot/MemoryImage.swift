// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

/// What several files make of memory when they are loaded one after the other: where two meet, the later one wins.
///
/// QEMU refuses to load files that overlap, and a tree under test may want just that.
struct MemoryImage {
  struct Segment: Hashable {
    var address: UInt64
    var bytes: [UInt8]

    var end: UInt64 { address + UInt64(bytes.count) }
  }

  /// Without overlaps, in the order of their addresses.
  private(set) var segments: [Segment] = []

  /// Puts bytes into memory.
  ///
  /// - Returns: false when they would reach beyond the last address; nothing is done then.
  @discardableResult
  mutating func load(_ bytes: [UInt8], at address: UInt64) -> Bool {
    guard !bytes.isEmpty else { return true }
    guard !address.addingReportingOverflow(UInt64(bytes.count)).overflow else { return false }
    let new = Segment(address: address, bytes: bytes)
    let met = segments.filter { $0.address < new.end && new.address < $0.end }
    segments.removeAll { $0.address < new.end && new.address < $0.end }
    var merged = new
    // What is left of older segments before the new one and behind it.
    for old in met {
      if old.address < new.address {
        merged = Segment(
          address: old.address, bytes: old.bytes.prefix(Int(new.address - old.address)) + merged.bytes)
      }
      if old.end > new.end { merged.bytes += old.bytes.suffix(Int(old.end - new.end)) }
    }
    segments.append(merged)
    segments.sort { $0.address < $1.address }
    return true
  }

  /// Leaves a range out, as something else lies there.
  mutating func clear(_ range: Range<UInt64>) {
    segments = segments.flatMap { segment -> [Segment] in
      guard segment.address < range.upperBound, range.lowerBound < segment.end else { return [segment] }
      var kept: [Segment] = []
      if segment.address < range.lowerBound {
        kept.append(
          Segment(
            address: segment.address, bytes: Array(segment.bytes.prefix(Int(range.lowerBound - segment.address)))))
      }
      if segment.end > range.upperBound {
        kept.append(
          Segment(
            address: range.upperBound, bytes: Array(segment.bytes.suffix(Int(segment.end - range.upperBound)))))
      }
      return kept
    }
  }
}
