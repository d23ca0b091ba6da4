// SPDX-License-Identifier: Apache-2.0
import BootImages
import Testing

private let configText = """
  #
  # Automatically generated file; DO NOT EDIT.
  # Xen/arm 4.21.1-pre Configuration
  #
  CONFIG_ARM_64=y
  CONFIG_CMDLINE="console=dtuart sync"
  CONFIG_NR_CPUS=128

  # CONFIG_STATIC_MEMORY is not set
  CONFIG_STATIC_SHM=y\r
  # CONFIG_STATIC_EVTCHN=y

  """

private func xen(
  version: String = "xen,xen-4.21\0", full: String? = "4.21.1+7-gabc", config: String? = configText
) -> [UInt8] {
  var bytes = peImage(size: 1000, sectionEnd: 1000)
  bytes += hex("1f8b0800 1f8b08ffff00")  // what only looks like gzip
  if let config { bytes += gzip(Array(config.utf8)) }
  bytes += Array("\0xen,xen-%d\0xen,xen-bootargs\0x\(version)".utf8)
  if let full { bytes += Array("\0Debian\04.21.\0\(full)\0\0gcc\0".utf8) }
  return bytes + [UInt8](repeating: 0, count: 100)
}

private func xenFault(_ bytes: [UInt8]) -> BootImageError? {
  fault { () throws(BootImageError) in _ = try XenImage(bytes) }
}

@Suite struct XenImageTests {
  @Test func findsVersionAndOptions() throws {
    let image = try XenImage(xen())
    #expect(image.version == "4.21")
    #expect(image.major == 4 && image.minor == 21)
    #expect(image.fullVersion == "4.21.1+7-gabc")
    #expect(image.isPE && image.width == .arm64)
    #expect(image.fileSize == xen().count)
    #expect(image.memorySize == 0x10000)
    let config = try #require(image.config)
    #expect(config.isEnabled("STATIC_SHM") && config.isEnabled("CONFIG_ARM_64"))
    #expect(!config.isEnabled("STATIC_MEMORY") && !config.isEnabled("LLC_COLORING"))
  }

  @Test func takesTheVersionFromTheOptionsWhenNoStringHasIt() throws {
    #expect(try XenImage(xen(full: nil)).fullVersion == "4.21.1-pre")
    #expect(try XenImage(xen(full: nil, config: nil)).fullVersion == nil)
    #expect(try XenImage(xen(config: nil)).config == nil)
  }

  @Test func readsAnArm32Xen() throws {
    let bytes = zImage(size: 1000, end: 0x10000) + Array("\0xen,xen-4.17\0".utf8)
    let image = try XenImage(bytes)
    #expect(image.width == .arm32)
    #expect(image.memorySize == 0x10000)
    #expect(!image.isPE)
  }

  @Test func refusesWhatIsNotXen() {
    #expect(
      xenFault(image())?.description
        == "this is an arm64 Image, but not Xen: no `xen,xen-` version string in it")
    #expect(xenFault(xen(version: "xen,xen-4.x\0"))?.code == .notXen("an arm64 Image"))
    #expect(
      xenFault(gzip(xen()))?.description
        == "this is gzip of an arm64 Image; Xen must be given as the bare Image, without a wrapper")
    #expect(xenFault([])?.description == "the file is empty")
    #expect(xenFault(Array("#!/bin/sh".utf8))?.code == .script)
    #expect(xenFault([UInt8](repeating: 0, count: 100))?.code == .unknownKernel([0, 0, 0, 0]))
  }

  @Test func noticesAXenThatIsCutOff() {
    #expect(
      xenFault(Array(peImage(size: 1000, sectionEnd: 1200)))?.description
        == "the arm64 Image is cut off: it takes 1200 bytes and the file has 1000")
  }
}

@Suite struct XenConfigTests {
  @Test func readsOptions() throws {
    let config = try XenConfig(Array(configText.utf8))
    #expect(config.version == "4.21.1-pre")
    #expect(config["CMDLINE"] == "console=dtuart sync")
    #expect(config["CONFIG_NR_CPUS"] == "128")
    #expect(config["STATIC_SHM"] == "y")
    #expect(config["STATIC_MEMORY"] == nil)
    #expect(config.isMentioned("STATIC_MEMORY") && config.isMentioned("CONFIG_ARM_64"))
    #expect(!config.isMentioned("STATIC_EVTCHN"))
    #expect(config.options.count == 4)
  }

  @Test(arguments: [
    "", "hello\nworld\n", "# CONFIG_X is not set\n", "CONFIG_", "# CONFIG_", "# Xen/", "# Xen/a ",
  ])
  func refusesOtherText(text: String) {
    let error = fault { () throws(BootImageError) in _ = try XenConfig(Array(text.utf8)) }
    #expect(
      error?.description == "this is no build configuration: it has no line that sets a CONFIG_ option")
  }
}
