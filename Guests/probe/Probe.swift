// SPDX-License-Identifier: Apache-2.0

// A guest that says what it was given. It reads its device tree with Grove's own reader and writes one fact a line.

/// Where Xen puts a guest's UART, for faults that come before the tree has been read.
private nonisolated(unsafe) var console = Console(at: 0x2200_0000)

/// Called by `start.S` with the address of the device tree.
@c(probe)
func probe(_ address: UInt) {
  do throws(FlattenedTreeError) {
    let blob = unsafe blob(at: address)
    let tree = try FlattenedTree(unsafe blob.bytes)
    let index = try TreeIndex(tree)
    if let uart = uart(in: index) { unsafe console = Console(at: UInt(uart)) }
    unsafe report(index, to: console)
  } catch {
    report(error, at: address)
  }
}

/// Called by `start.S` on an exception with the syndrome, and with the addresses of the instruction and of what it
/// touched.
@c(probeFault)
func probeFault(_ syndrome: UInt64, _ instruction: UInt64, _ address: UInt64) {
  let console = unsafe console
  console.write("\nPROBE-FAULT esr=")
  console.write(address: syndrome)
  console.write(" elr=")
  console.write(address: instruction)
  console.write(" far=")
  console.write(address: address)
  console.write("\n")
}

private func report(_ error: FlattenedTreeError, at address: UInt) {
  let console = unsafe console
  console.write("\nPROBE-FAULT tree at ")
  console.write(address: UInt64(address))
  console.write(" code=")
  console.write(decimal: UInt64(error.code.rawValue))
  console.write(" offset=")
  console.write(decimal: UInt64(error.offset))
  console.write("\n")
}

/// The bytes that a device tree at this address says it has, at most the 2 MiB that the boot protocol allows.
private func blob(at address: UInt) -> UnsafeRawBufferPointer {
  guard let start = unsafe UnsafeRawPointer(bitPattern: address) else {
    return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
  }
  let header = unsafe UnsafeRawBufferPointer(start: start, count: Header.smallestSize)
  let size = Int(unsafe header.bytes.word(at: Header.Field.totalSize))
  return unsafe UnsafeRawBufferPointer(start: start, count: min(max(size, Header.smallestSize), 2 << 20))
}
