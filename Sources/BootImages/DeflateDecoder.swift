// SPDX-License-Identifier: Apache-2.0

/// The decoder behind `Inflate`: a window of the last 32 KiB, three code tables, and 64 bits of input at a time.
@safe
struct DeflateDecoder: ~Copyable {
  private static let farthest = 32768
  /// The window is emptied when it holds this much, down to what a copy can still reach.
  private static let windowSize = 128 * 1024
  private static let longestCopy = 258
  /// Copies are made in words of eight bytes and may run over by seven.
  private static let slack = 16

  private var literals = HuffmanTable(primaryBits: 11, symbols: DeflateAlphabet.literals)
  private var distances = HuffmanTable(primaryBits: 8, symbols: DeflateAlphabet.distances)
  private var lengths = HuffmanTable(primaryBits: 7, symbols: DeflateAlphabet.codeLengths)
  private var tablesAreFixed = false

  private let window: UnsafeMutableRawPointer
  /// Where the next byte goes in the window.
  private var filled = 0
  /// How much of the window the output already has.
  private var flushed = 0

  // The input: `bits` holds the next `bitCount` bits, lowest first; `position` is the next byte to load. Bits above
  // `bitCount` may be set, and are then those of the bytes at `position`: loading those again changes nothing.
  private var bits: UInt64 = 0
  private var bitCount = 0
  private var position = 0

  init() {
    unsafe window = UnsafeMutableRawPointer.allocate(
      byteCount: Self.windowSize + Self.longestCopy + Self.slack, alignment: 16)
  }

  deinit { unsafe window.deallocate() }

  mutating func decode(
    _ input: UnsafeRawBufferPointer, from start: Int, into output: inout UnpackedData
  ) throws(BootImageError) -> Int? {
    guard start >= 0, start <= input.count else { throw fault(.endOfData) }
    position = start
    var isLast = false
    while !isLast {
      unsafe refill(input)
      isLast = try take(1) == 1
      switch try take(2) {
      case 0:
        unsafe try copyStored(input, into: &output)
      case 1:
        useFixedTables()
        unsafe try decodeBlock(input, into: &output)
      case 2:
        unsafe try readTables(input)
        unsafe try decodeBlock(input, into: &output)
      default:
        throw fault(.blockType)
      }
      if output.hasEnough { return nil }
    }
    try flush(into: &output)
    return position - bitCount / 8
  }

  private func fault(_ fault: BootImageError.DeflateFault) -> BootImageError {
    Self.fault(fault, position, bitCount)
  }

  private static func fault(
    _ fault: BootImageError.DeflateFault, _ position: Int, _ bitCount: Int
  ) -> BootImageError {
    BootImageError(.deflate(fault), at: max(0, position - max(0, bitCount) / 8))
  }

  /// No code leads to these bits; near the end of the input the missing ones are to blame.
  private func codeFault(_ inputCount: Int) -> BootImageError {
    fault(position >= inputCount && bitCount < 15 ? .endOfData : .code)
  }

  // MARK: Input

  /// Loads bytes until at least 56 bits are there, or all that the input has.
  @inline(__always)
  private mutating func refill(_ input: UnsafeRawBufferPointer) {
    if let base = input.baseAddress, input.count - position >= 8 {
      let word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      bits |= word << UInt64(bitCount)
      position += (63 - bitCount) >> 3
      bitCount |= 56
    } else {
      while bitCount < 56, position < input.count {
        unsafe bits |= UInt64(input[position]) << UInt64(bitCount)
        position += 1
        bitCount += 8
      }
    }
  }

  @inline(__always)
  private mutating func drop(_ count: Int) throws(BootImageError) {
    guard count <= bitCount else { throw fault(.endOfData) }
    bits >>= UInt64(count)
    bitCount -= count
  }

  /// The next `count` bits, at most 16, as a number.
  ///
  /// The caller has refilled.
  @inline(__always)
  private mutating func take(_ count: Int) throws(BootImageError) -> Int {
    let value = Int(truncatingIfNeeded: bits & (1 << UInt64(count) - 1))
    try drop(count)
    return value
  }

  // MARK: Blocks

  private mutating func copyStored(
    _ input: UnsafeRawBufferPointer, into output: inout UnpackedData
  ) throws(BootImageError) {
    // The lengths start at a byte of their own; whole bytes already loaded are given back.
    position -= bitCount / 8
    bits = 0
    bitCount = 0
    guard input.count - position >= 4 else { throw fault(.endOfData) }
    let count = unsafe Int(input[position]) | Int(input[position + 1]) << 8
    let complement = unsafe Int(input[position + 2]) | Int(input[position + 3]) << 8
    guard count == complement ^ 0xffff else { throw fault(.storedLength) }
    position += 4
    guard input.count - position >= count else { throw fault(.endOfData) }
    var left = count
    while left > 0 {
      if filled >= Self.windowSize { try flush(into: &output) }
      let part = min(left, Self.windowSize - filled)
      guard let base = input.baseAddress else { throw fault(.endOfData) }
      unsafe (window + filled).copyMemory(from: base + position, byteCount: part)
      filled += part
      position += part
      left -= part
    }
  }

  private mutating func useFixedTables() {
    guard !tablesAreFixed else { return }
    _ = literals.build(DeflateAlphabet.fixedLiteralLengths[...], allowsSingleCode: false)
    _ = distances.build(DeflateAlphabet.fixedDistanceLengths[...], allowsSingleCode: false)
    tablesAreFixed = true
  }

  private mutating func readTables(_ input: UnsafeRawBufferPointer) throws(BootImageError) {
    tablesAreFixed = false
    unsafe refill(input)
    let literalCount = try take(5) + 257
    let distanceCount = try take(5) + 1
    let lengthCount = try take(4) + 4
    guard literalCount <= 286, distanceCount <= 30 else { throw fault(.codeLengths) }
    var codeLengths = [UInt8](repeating: 0, count: 19)
    for index in 0..<lengthCount {
      unsafe refill(input)
      codeLengths[DeflateAlphabet.codeLengthOrder[index]] = UInt8(try take(3))
    }
    guard lengths.build(codeLengths[...], allowsSingleCode: false) else { throw fault(.codeLengths) }

    let total = literalCount + distanceCount
    var all: [UInt8] = []
    all.reserveCapacity(total)
    while all.count < total {
      unsafe refill(input)
      let entry = unsafe lengths.entries[Int(truncatingIfNeeded: bits & 127)]
      guard entry & HuffmanTable.lengthMask != 0 else { throw fault(.codeLengths) }
      try drop(Int(entry & HuffmanTable.lengthMask))
      let symbol = UInt8(truncatingIfNeeded: entry >> 16)
      var repeated = symbol
      var times = 1
      switch symbol {
      case 16:
        guard let last = all.last else { throw fault(.codeLengths) }
        repeated = last
        times = try take(2) + 3
      case 17:
        repeated = 0
        times = try take(3) + 3
      case 18:
        repeated = 0
        times = try take(7) + 11
      default:
        break
      }
      guard times <= total - all.count else { throw fault(.codeLengths) }
      for _ in 0..<times { all.append(repeated) }
    }
    // A block that cannot end is no block.
    guard all[256] != 0, literals.build(all[..<literalCount], allowsSingleCode: true),
      distances.build(all[literalCount...], allowsSingleCode: true)
    else { throw fault(.codeLengths) }
  }

  private mutating func decodeBlock(
    _ input: UnsafeRawBufferPointer, into output: inout UnpackedData
  ) throws(BootImageError) {
    while true {
      if filled >= Self.windowSize {
        try flush(into: &output)
        if output.hasEnough { return }
      }
      if unsafe try decodeFast(input) { return }
      if filled < Self.windowSize, unsafe try decodeOne(input) { return }
    }
  }

  /// Decodes as long as the input has eight bytes to load and the window has room; true at the end of the block.
  ///
  /// Here nothing can run out: a refill gives 56 bits, and a literal or length code with its extra bits (20) and a
  /// distance code with its (28) take 48.
  private mutating func decodeFast(_ input: UnsafeRawBufferPointer) throws(BootImageError) -> Bool {
    guard let base = input.baseAddress else { return false }
    let lastLoad = input.count - 8
    // Local copies stay in registers.
    var bits = bits
    var bitCount = bitCount
    var position = position
    var filled = filled
    defer {
      self.bits = bits
      self.bitCount = bitCount
      self.position = position
      self.filled = filled
    }
    while position <= lastLoad, filled < Self.windowSize {
      let word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      bits |= word << UInt64(truncatingIfNeeded: bitCount)
      position += (63 - bitCount) >> 3
      bitCount |= 56

      var entry = literals.entry(for: bits)
      var length = Int(truncatingIfNeeded: entry & HuffmanTable.lengthMask)
      if entry & HuffmanTable.Meaning.mask == HuffmanTable.Meaning.literal {
        guard length != 0 else { throw Self.fault(.code, position, bitCount) }
        bits >>= UInt64(truncatingIfNeeded: length)
        bitCount &-= length
        unsafe window.storeBytes(
          of: UInt8(truncatingIfNeeded: entry >> 16), toByteOffset: filled, as: UInt8.self)
        filled &+= 1
        // 41 bits are left at least: enough for a second literal, but not for a copy.
        entry = literals.entry(for: bits)
        length = Int(truncatingIfNeeded: entry & HuffmanTable.lengthMask)
        guard length != 0, entry & HuffmanTable.Meaning.mask == HuffmanTable.Meaning.literal else { continue }
        bits >>= UInt64(truncatingIfNeeded: length)
        bitCount &-= length
        unsafe window.storeBytes(
          of: UInt8(truncatingIfNeeded: entry >> 16), toByteOffset: filled, as: UInt8.self)
        filled &+= 1
        continue
      }
      bits >>= UInt64(truncatingIfNeeded: length)
      bitCount &-= length
      if entry & HuffmanTable.Meaning.mask == HuffmanTable.Meaning.endOfBlock { return true }
      var extra = Int(truncatingIfNeeded: entry >> 8 & 31)
      let count = Int(truncatingIfNeeded: entry >> 16 &+ UInt32(truncatingIfNeeded: bits & (1 << extra &- 1)))
      bits >>= UInt64(truncatingIfNeeded: extra)
      bitCount &-= extra

      entry = distances.entry(for: bits)
      length = Int(truncatingIfNeeded: entry & HuffmanTable.lengthMask)
      guard length != 0 else { throw Self.fault(.code, position, bitCount) }
      bits >>= UInt64(truncatingIfNeeded: length)
      bitCount &-= length
      extra = Int(truncatingIfNeeded: entry >> 8 & 31)
      let distance = Int(
        truncatingIfNeeded: entry >> 16 &+ UInt32(truncatingIfNeeded: bits & (1 << extra &- 1)))
      bits >>= UInt64(truncatingIfNeeded: extra)
      bitCount &-= extra
      guard distance <= filled else { throw Self.fault(.distance, position, bitCount) }
      copy(count, from: distance, to: filled)
      filled &+= count
    }
    return false
  }

  /// Decodes one symbol near the end of the input; true at the end of the block.
  private mutating func decodeOne(_ input: UnsafeRawBufferPointer) throws(BootImageError) -> Bool {
    unsafe refill(input)
    var entry = literals.entry(for: bits)
    if entry & HuffmanTable.Meaning.mask == HuffmanTable.Meaning.literal {
      let length = Int(entry & HuffmanTable.lengthMask)
      guard length != 0 else { throw codeFault(input.count) }
      try drop(length)
      unsafe window.storeBytes(
        of: UInt8(truncatingIfNeeded: entry >> 16), toByteOffset: filled, as: UInt8.self)
      filled += 1
      return false
    }
    try drop(Int(entry & HuffmanTable.lengthMask))
    if entry & HuffmanTable.Meaning.mask == HuffmanTable.Meaning.endOfBlock { return true }
    let count = Int(entry >> 16) + (try take(Int(entry >> 8 & 31)))

    entry = distances.entry(for: bits)
    guard entry & HuffmanTable.lengthMask != 0 else { throw codeFault(input.count) }
    try drop(Int(entry & HuffmanTable.lengthMask))
    let distance = Int(entry >> 16) + (try take(Int(entry >> 8 & 31)))
    guard distance <= filled else { throw fault(.distance) }
    copy(count, from: distance, to: filled)
    filled += count
    return false
  }

  // MARK: Output

  /// Repeats `count` bytes, at most 258, from `distance` bytes back; the window has room for them and the slack.
  @inline(__always)
  private func copy(_ count: Int, from distance: Int, to filled: Int) {
    var target = unsafe window + filled
    var source = unsafe target - distance
    let end = unsafe target + count
    if distance >= 8 {
      while unsafe target < end {
        unsafe target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
        unsafe target += 8
        unsafe source += 8
      }
    } else {
      while unsafe target < end {
        unsafe target.storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
        unsafe target += 1
        unsafe source += 1
      }
    }
  }

  /// Hands over what the output does not have yet, and keeps what copies can reach.
  private mutating func flush(into output: inout UnpackedData) throws(BootImageError) {
    let fresh = unsafe UnsafeRawBufferPointer(start: window + flushed, count: filled - flushed)
    guard unsafe output.append(fresh) else { throw BootImageError(output.tooLarge, at: position) }
    if filled > Self.farthest {
      unsafe window.copyMemory(from: window + (filled - Self.farthest), byteCount: Self.farthest)
      filled = Self.farthest
    }
    flushed = filled
  }
}

extension HuffmanTable {
  /// The entry for the code that the bits start with.
  @inline(__always)
  func entry(for bits: UInt64) -> UInt32 {
    let entry = unsafe entries[Int(truncatingIfNeeded: bits & (1 << UInt64(primaryBits) - 1))]
    guard entry & Meaning.mask == Meaning.secondTable else { return entry }
    let second = bits >> UInt64(primaryBits) & (1 << UInt64(entry >> 8 & 31) - 1)
    return unsafe entries[Int(entry >> 16) + Int(truncatingIfNeeded: second)]
  }
}
