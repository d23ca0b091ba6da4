// SPDX-License-Identifier: Apache-2.0

/// A look-up table for one of DEFLATE's prefix codes (RFC 1951, 3.2.2).
///
/// The table is indexed by the next `primaryBits` bits of the input. Codes longer than that lead to a second table
/// behind the first. An entry is one word:
///
///     bits 0..<5    length of the code in bits, 0 where no code leads
///     bits 5..<8    what the symbol is (`Meaning`)
///     bits 8..<13   how many extra bits follow, or how many index bits the second table takes
///     bits 16..<32  literal, base value, symbol, or where the second table starts
@safe
struct HuffmanTable: ~Copyable {
  enum Meaning {
    static let literal: UInt32 = 0 << 5
    static let base: UInt32 = 1 << 5
    static let endOfBlock: UInt32 = 2 << 5
    static let secondTable: UInt32 = 3 << 5
    static let mask: UInt32 = 7 << 5
  }

  static let lengthMask: UInt32 = 31
  private static let longestCode = 15

  let primaryBits: Int
  /// What each symbol means: an entry without the code's length.
  ///
  /// 0xffff_ffff marks symbols that must not occur.
  private let symbols: [UInt32]
  let entries: UnsafeMutablePointer<UInt32>
  private let capacity: Int
  private var secondBits: [UInt8]

  static let forbidden: UInt32 = 0xffff_ffff

  /// A table for codes over `symbols`, to be filled by `build`.
  init(primaryBits: Int, symbols: [UInt32]) {
    self.primaryBits = primaryBits
    self.symbols = symbols
    // Each code that is too long for the first table needs at most one second table of its own.
    let longest = Self.longestCode
    let second = longest > primaryBits ? symbols.count << (longest - primaryBits) : 0
    capacity = (1 << primaryBits) + second
    unsafe entries = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
    unsafe entries.initialize(repeating: 0, count: capacity)
    secondBits = [UInt8](repeating: 0, count: 1 << primaryBits)
  }

  deinit { unsafe entries.deallocate() }

  /// Fills the table for the code whose lengths are given, one a symbol, 0 for symbols that do not occur.
  ///
  /// - Parameters:
  ///   - lengths: no more than there are symbols, none above 15.
  ///   - allowsSingleCode: whether a lone code of one bit, or no code at all, is a code too.
  /// - Returns: false when the lengths describe no prefix code; the table is then of no use.
  mutating func build(_ lengths: ArraySlice<UInt8>, allowsSingleCode: Bool) -> Bool {
    guard lengths.count <= symbols.count else { return false }
    var counts = [Int](repeating: 0, count: Self.longestCode + 1)
    for length in lengths {
      guard Int(length) <= Self.longestCode else { return false }
      counts[Int(length)] += 1
    }
    counts[0] = 0
    var free = 1
    var longest = 0
    for length in 1...Self.longestCode {
      free = free << 1 - counts[length]
      guard free >= 0 else { return false }
      if counts[length] > 0 { longest = length }
    }
    guard free == 0 || (allowsSingleCode && longest <= 1) else { return false }

    unsafe entries.update(repeating: 0, count: 1 << primaryBits)
    var firstCodes = [Int](repeating: 0, count: Self.longestCode + 1)
    for length in 1...Self.longestCode {
      firstCodes[length] = (firstCodes[length - 1] + counts[length - 1]) << 1
    }
    if longest > primaryBits { layOutSecondTables(lengths, firstCodes) }
    fill(lengths, firstCodes)
    return true
  }

  /// Finds the size that the second table behind each first index needs, and places them one after another.
  private mutating func layOutSecondTables(_ lengths: ArraySlice<UInt8>, _ firstCodes: [Int]) {
    for index in secondBits.indices { secondBits[index] = 0 }
    var codes = firstCodes
    for length in lengths where length > 0 {
      let code = codes[Int(length)]
      codes[Int(length)] += 1
      guard Int(length) > primaryBits else { continue }
      let index = Self.reversed(code, bits: Int(length)) & (1 << primaryBits - 1)
      secondBits[index] = max(secondBits[index], length - UInt8(primaryBits))
    }
    var next = 1 << primaryBits
    for index in secondBits.indices where secondBits[index] > 0 {
      let bits = secondBits[index]
      unsafe entries[index] =
        UInt32(next) << 16 | UInt32(bits) << 8 | Meaning.secondTable | UInt32(primaryBits)
      unsafe (entries + next).update(repeating: 0, count: 1 << Int(bits))
      next += 1 << Int(bits)
    }
  }

  private mutating func fill(_ lengths: ArraySlice<UInt8>, _ firstCodes: [Int]) {
    var codes = firstCodes
    for (symbol, length) in zip(symbols, lengths) where length > 0 {
      let code = codes[Int(length)]
      codes[Int(length)] += 1
      let reversed = Self.reversed(code, bits: Int(length))
      let entry = symbol == Self.forbidden ? 0 : symbol | UInt32(length)
      if Int(length) <= primaryBits {
        var index = reversed
        while index < 1 << primaryBits {
          unsafe entries[index] = entry
          index += 1 << Int(length)
        }
      } else {
        let link = unsafe entries[reversed & (1 << primaryBits - 1)]
        let start = Int(link >> 16)
        let size = 1 << Int(link >> 8 & 31)
        var index = reversed >> primaryBits
        while index < size {
          unsafe entries[start + index] = entry
          index += 1 << (Int(length) - primaryBits)
        }
      }
    }
  }

  /// DEFLATE sends codes with the highest bit first into a stream that is read from the lowest.
  private static func reversed(_ code: Int, bits: Int) -> Int {
    Int(truncatingIfNeeded: UInt32(truncatingIfNeeded: code).bitReversed >> UInt32(32 - bits))
  }
}

extension UInt32 {
  fileprivate var bitReversed: UInt32 {
    var value = byteSwapped
    value = (value & 0x0f0f_0f0f) << 4 | (value >> 4) & 0x0f0f_0f0f
    value = (value & 0x3333_3333) << 2 | (value >> 2) & 0x3333_3333
    return (value & 0x5555_5555) << 1 | (value >> 1) & 0x5555_5555
  }
}

/// The alphabets of RFC 1951, 3.2.5 to 3.2.7, as table entries.
enum DeflateAlphabet {
  /// Literals, the end of a block, and the 29 lengths.
  static let literals: [UInt32] = {
    var entries = (0..<256).map { UInt32($0) << 16 | HuffmanTable.Meaning.literal }
    entries.append(HuffmanTable.Meaning.endOfBlock)
    var base: UInt32 = 3
    for code in 0..<28 {
      let extra = code < 8 ? 0 : UInt32(code / 4 - 1)
      entries.append(base << 16 | extra << 8 | HuffmanTable.Meaning.base)
      base += 1 << extra
    }
    entries.append(258 << 16 | HuffmanTable.Meaning.base)
    entries += [HuffmanTable.forbidden, HuffmanTable.forbidden]
    return entries
  }()

  static let distances: [UInt32] = {
    var entries: [UInt32] = []
    var base: UInt32 = 1
    for code in 0..<30 {
      let extra = code < 4 ? 0 : UInt32(code / 2 - 1)
      entries.append(base << 16 | extra << 8 | HuffmanTable.Meaning.base)
      base += 1 << extra
    }
    return entries + [HuffmanTable.forbidden, HuffmanTable.forbidden]
  }()

  /// The code that the lengths of the two others are sent in.
  static let codeLengths: [UInt32] = (0..<19).map { UInt32($0) << 16 | HuffmanTable.Meaning.literal }
  static let codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  static let fixedLiteralLengths: [UInt8] =
    [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112) + [UInt8](repeating: 7, count: 24)
    + [UInt8](repeating: 8, count: 8)
  static let fixedDistanceLengths = [UInt8](repeating: 5, count: 32)
}
