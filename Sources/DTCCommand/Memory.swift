// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The memory of a process that reads one file, writes one and ends.
enum Memory {
  /// From this size of an input on, one large page costs less than the small ones that it stands for.
  private static let largePageInput = 4_000
  private static let largePage = 1 << 21
  private static let inputPerPage = 200_000
  private static let mostPages = 4

  /// What the allocator of glibc can be told; its module does not tell Swift.
  private enum Wish: Int32 {
    case trimThreshold = -1
    case topPad = -2
    case mapThreshold = -3
  }

  private static func adjust(_ wish: Wish, _ value: Int32) -> Int32 { mallopt(wish.rawValue, value) }

  /// Makes ready for an input of that many bytes: memory is kept once the system has given it, because it will be needed
  /// again, and comes in a large page where the system has such.
  static func prepare(for input: Int) {
    // What the allocator is told is only a wish.
    _ = adjust(.trimThreshold, Int32.max)
    _ = adjust(.mapThreshold, 32 << 20)
    guard input >= largePageInput else { return }
    let size = min(1 + input / inputPerPage, mostPages) * largePage
    _ = adjust(.topPad, Int32(truncatingIfNeeded: size + largePage))
    // Larger than any piece that may be free, so that it lies at the end of what the allocator has.
    var start: UnsafeMutableRawPointer?
    guard unsafe posix_memalign(&start, 16, largePage / 8) == 0 else { return }
    let boundary = (Int(bitPattern: start) + largePage) & ~(largePage - 1)
    let gap = boundary - Int(bitPattern: start) - 64
    unsafe free(start)
    // What follows begins on the large page: the little in front of it is never touched.
    guard gap > 0, unsafe posix_memalign(&start, 16, gap) == 0 else { return }
    guard let page = unsafe UnsafeMutableRawPointer(bitPattern: boundary) else { return }
    _ = unsafe madvise(page, size, MADV_HUGEPAGE)
  }
}

@_silgen_name("mallopt")
private func mallopt(_ parameter: Int32, _ value: Int32) -> Int32
