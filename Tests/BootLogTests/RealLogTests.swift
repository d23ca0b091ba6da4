// SPDX-License-Identifier: Apache-2.0
import BootLog
import Testing

/// The tree that a guest dumped in hexadecimal, line by line.
private func dumpedTree(_ texts: [String]) -> (announced: Int?, bytes: [UInt8]) {
  var bytes: [UInt8] = []
  for text in texts where text.hasPrefix("FDT ") {
    let digits = text.dropFirst(4).compactMap(\.hexDigitValue)
    bytes += stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
  }
  let announced = texts.first { $0.hasPrefix("FDT-BEGIN ") }.flatMap { Int($0.dropFirst(10), radix: 16) }
  return (announced, bytes)
}

@Suite struct RealLogTests {
  @Test(arguments: [
    "two-guests-4.17", "two-guests-4.20", "two-guests-4.20-one-processor", "uboot-4.20", "dom0-4.17",
    "dom0-4.20",
  ])
  func aDumpComesOutWhole(name: String) throws {
    let lines = split(try fixture(name))
    for (id, guest) in [(1, "domA"), (2, "domB")] where !name.hasPrefix("dom0") || id == 2 {
      let texts = lines.texts(of: .guest(id: id))
      let (announced, bytes) = dumpedTree(texts)
      #expect(bytes.count == announced)
      #expect(bytes.prefix(4) == [0xd0, 0x0d, 0xfe, 0xed])
      #expect(String(decoding: bytes, as: UTF8.self).contains("name=\(guest) dumpfdt"))
      #expect(texts.first?.hasPrefix("PAYLOAD-START EL1 ") == true)
      #expect(texts[1] == "PAYLOAD-CMDLINE [name=\(guest) dumpfdt xenver]")
      #expect(texts.last == "PAYLOAD-DONE")
      #expect(texts.allSatisfy { $0.hasPrefix("FDT") || $0.hasPrefix("PAYLOAD-") || $0.hasPrefix("XENVER ") })
    }
    #expect(lines.texts(of: .xen).contains { $0.hasPrefix("Freed ") })
    #expect(!lines.texts(of: .xen).contains { $0.contains("PAYLOAD") || $0.contains("FDT ") })
  }

  @Test func twoLinuxOnOneProcessorAreToldApart() throws {
    let lines = split(try fixture("two-linux-4.20-one-processor"))
    var kernels: [[String]] = []
    for id in 1...2 {
      let texts = lines.texts(of: .guest(id: id))
      #expect(texts.count == 213)
      #expect(texts.allSatisfy { $0.hasPrefix("[ ") || $0.hasPrefix("DTDIR") || $0.hasPrefix("INIT-") })
      // Both run the same kernel: without times and command lines they say the same.
      kernels.append(
        texts.filter {
          !$0.contains("ommand line") && !$0.contains("audit: type") && !$0.contains("deferred pages")
        }
        .map { String($0.hasPrefix("[") ? $0.drop { $0 != "]" } : $0[...]) }
        .filter { $0.hasPrefix("]") }.dropLast().sorted())
    }
    #expect(kernels[0] == kernels[1])
    #expect(
      lines.texts(of: .guest(id: 2)).contains {
        $0.hasSuffix(
          "12032K kernel code, 2020K rwdata, 7808K rodata, 4608K init, 587K bss, 33428K reserved, "
            + "65536K cma-reserved)")
      })
    #expect(lines.texts(of: .xen).filter { $0.hasPrefix("d1v0: vGICD") }.count == 8)
  }

  @Test(arguments: ["4.17", "4.20"])
  func dom0KeepsItsBrokenLines(version: String) throws {
    let lines = split(try fixture("dom0-" + version))
    let dom0 = lines.texts(of: .dom0)
    #expect(dom0.allSatisfy { $0.hasPrefix("[ ") || $0.hasPrefix("DTDIR") || $0.hasPrefix("INIT-") })
    #expect(
      dom0.contains {
        $0.hasSuffix("DMA: preallocated 128 KiB GFP_KERNEL|GFP_DMA pool for atomic allocations")
      })
    #expect(dom0.last?.hasSuffix("reboot: Power down") == true)
    #expect(lines.texts(of: .guest(id: 1)).contains("INIT-POWEROFF"))
    #expect(lines.last?.text == "Hardware Dom0 halted: halting machine")
  }

  @Test func timestampsAreNoPartOfAGuestsLine() throws {
    let lines = split(try fixture("timestamps-4.20"))
    #expect(
      lines.texts(of: .guest(id: 1)) == [
        "PAYLOAD-START EL1 mpidr=0x0000000080000000 pc=0x0000000040001280 fdt=0x0000000043e00000",
        "PAYLOAD-CMDLINE [name=domA off xenver]", "PAYLOAD-OFF",
      ])
    #expect(lines.texts(of: .guest(id: 2)).last?.hasPrefix("PAYLOAD-FAULT esr=") == true)
    #expect(lines.texts(of: .xen).last == "Freed 368kB init memory.")
  }

  @Test func firmwareIsReadable() throws {
    let uboot = split(try fixture("uboot-4.20")).texts(of: .firmware)
    #expect(uboot.contains("Hit any key to stop autoboot:  0 "))
    #expect(uboot.contains("Starting kernel ..."))
    let uefi = split(try fixture("uefi-no-loader")).texts(of: .firmware)
    #expect(uefi.contains("      FS0: Alias(s):HD0b:;BLK1:"))
    #expect(uefi.contains("Press ESC in 4 seconds to skip startup.nsh or any other key to continue."))
    #expect(uefi.last == "Shell> ")
    #expect(
      split(try fixture("uefi-4.20")).texts(of: .firmware).last == "k: 0x00000000bc2f9000-0x00000000bc2fad00")
  }

  @Test(arguments: fixtures)
  func chunksDoNotMatter(name: String) throws {
    let bytes = try fixture(name)
    let whole = split(bytes)
    for chunk in [1, 2, 3, 7, 64, 1000] { #expect(split(bytes, chunk: chunk) == whole) }
  }

  @Test(arguments: fixtures)
  func noTextDoesAnythingToATerminal(name: String) throws {
    for line in split(try fixture(name)) {
      #expect(line.text.unicodeScalars.allSatisfy { $0 == "\t" || ($0.value >= 0x20 && $0.value != 0x7f) })
    }
  }
}
