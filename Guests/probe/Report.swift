// SPDX-License-Identifier: Apache-2.0

/// The address of the registers of the first UART that the probe can write to.
func uart(in index: borrowing TreeIndex) -> UInt64? {
  for node in index.nodes {
    guard let compatible = index.value("compatible", of: node),
      compatible.contains("arm,sbsa-uart") || compatible.contains("arm,pl011"),
      index.value("status", of: node)?.contains("disabled") != true
    else { continue }
    return index.value("reg", of: node)?.number(at: 0, cells: addressCells(index))
  }
  return nil
}

/// Writes all facts, and powers off when the boot arguments have the word `off`. What takes long is worked out before its line
/// begins, so that lines of two guests mix less.
func report(_ index: borrowing TreeIndex, to console: Console) {
  let chosen = index.node(at: "/chosen")
  let arguments = chosen.flatMap { bootArguments(index, $0) } ?? 0..<0
  reportName(index.tree, arguments, to: console)
  reportMemory(index, to: console)
  reportCPUs(index, to: console)
  reportArguments(index.tree, arguments, to: console)
  reportRamdisk(index, chosen, to: console)
  let below = Below(index)
  if let below { below.report(to: console) } else { console.write("PROBE calls=none\n") }
  if word("dumpfdt", of: arguments, in: index.tree) != nil { dump(index.tree, to: console) }
  console.write("PROBE-DONE\n")
  if word("off", of: arguments, in: index.tree)?.isEmpty == true { below?.powerOff() }
}

// MARK: - Memory and CPUs

private func addressCells(_ index: borrowing TreeIndex) -> Int {
  Int(index.value("#address-cells", of: index.root)?.cell(0) ?? 2)
}

private func sizeCells(_ index: borrowing TreeIndex) -> Int {
  Int(index.value("#size-cells", of: index.root)?.cell(0) ?? 1)
}

/// Calls `body` with start and size of each bank of memory.
@inline(never)
private func forEachBank(_ index: borrowing TreeIndex, _ body: (UInt64, UInt64) -> Void) {
  let addressCells = addressCells(index)
  let sizeCells = sizeCells(index)
  for node in index.nodes {
    guard index.parent(of: node) == index.root, let type = index.value("device_type", of: node),
      type.contains("memory"), let reg = index.value("reg", of: node)
    else { continue }
    var at = 0
    while let start = reg.number(at: at, cells: addressCells),
      let size = reg.number(at: at + addressCells, cells: sizeCells)
    {
      body(start, size)
      at += addressCells + sizeCells
    }
  }
}

private func reportMemory(_ index: borrowing TreeIndex, to console: Console) {
  var total: UInt64 = 0
  forEachBank(index) { total &+= $1 }
  console.write("PROBE memory=")
  console.write(decimal: total)
  console.write("\n")
  var number: UInt64 = 0
  forEachBank(index) { start, size in
    console.write("PROBE bank")
    console.write(decimal: number)
    console.write("=")
    console.write(address: start)
    console.write(" size=")
    console.write(decimal: size)
    console.write("\n")
    number += 1
  }
}

private func reportCPUs(_ index: borrowing TreeIndex, to console: Console) {
  var count: UInt64 = 0
  for node in index.nodes {
    if let type = index.value("device_type", of: node), type.contains("cpu") { count += 1 }
  }
  console.write("PROBE cpus=")
  console.write(decimal: count)
  console.write("\n")
}

// MARK: - Boot arguments

/// Where in the blob the boot arguments lie, without their zero.
private func bootArguments(_ index: borrowing TreeIndex, _ chosen: TreeIndex.Node) -> Range<Int>? {
  guard let text = index.value("bootargs", of: chosen)?.text else { return nil }
  return text.offset..<text.offset + text.count
}

/// What follows `name` in the first word of the boot arguments that starts with it.
private func word(_ name: StaticString, of arguments: Range<Int>, in tree: FlattenedTree) -> Range<Int>? {
  var start = arguments.lowerBound
  while start < arguments.upperBound {
    var end = start
    while end < arguments.upperBound, tree.bytes.byte(at: end) != UInt8(ascii: " ") { end += 1 }
    let length = name.withBytes { $0.byteCount }
    if end - start >= length, FlattenedTree.Name(in: tree.bytes, at: start, count: length) == name {
      return start + length..<end
    }
    start = end + 1
  }
  return nil
}

private func reportName(_ tree: FlattenedTree, _ arguments: Range<Int>, to console: Console) {
  console.write("PROBE name=")
  if let name = word("name=", of: arguments, in: tree) { console.write(tree.bytes.extracting(name)) }
  console.write("\n")
}

/// Xen cuts a guest's line at 126 bytes, so longer boot arguments go on in lines of their own.
private func reportArguments(_ tree: FlattenedTree, _ arguments: Range<Int>, to console: Console) {
  var start = arguments.lowerBound
  repeat {
    let end = min(start + 100, arguments.upperBound)
    console.write(start == arguments.lowerBound ? "PROBE bootargs=" : "PROBE bootargs+=")
    console.write(tree.bytes.extracting(start..<end))
    console.write("\n")
    start = end
  } while start < arguments.upperBound
}

// MARK: - Ramdisk

private func reportRamdisk(_ index: borrowing TreeIndex, _ chosen: TreeIndex.Node?, to console: Console) {
  guard let chosen, let start = index.value("linux,initrd-start", of: chosen)?.number,
    let end = index.value("linux,initrd-end", of: chosen)?.number, start != 0, end > start
  else {
    console.write("PROBE ramdisk=none\n")
    return
  }
  var isInMemory = false
  forEachBank(index) { bank, size in
    if start >= bank, end - bank <= size { isInMemory = true }
  }
  guard isInMemory, let address = unsafe UnsafeRawPointer(bitPattern: UInt(start)) else {
    console.write("PROBE ramdisk=outside memory\n")
    return
  }
  let bytes = unsafe RawSpan(_unsafeStart: address, byteCount: Int(end - start))
  let checksum = CRC32.checksum(bytes)
  console.write("PROBE ramdisk=")
  console.write(decimal: end - start)
  console.write(" crc32=")
  console.write(hex: UInt64(checksum), digits: 8)
  console.write("\n")
}

// MARK: - Dump

/// The whole tree in hexadecimal, 32 bytes a line.
private func dump(_ tree: FlattenedTree, to console: Console) {
  console.write("FDT-BEGIN ")
  console.write(decimal: UInt64(tree.bytes.byteCount))
  console.write("\n")
  for start in stride(from: 0, to: tree.bytes.byteCount, by: 32) {
    console.write("FDT ")
    for offset in start..<min(start + 32, tree.bytes.byteCount) {
      console.write(hex: UInt64(tree.bytes.byte(at: offset)), digits: 2)
    }
    console.write("\n")
  }
  console.write("FDT-END\n")
}
