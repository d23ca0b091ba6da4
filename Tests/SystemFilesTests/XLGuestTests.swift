// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import SystemFiles
import Testing
import XLConfig
import XenFacts
import XenSystem

@Suite struct XLGuestTests {
  private static let least = "name = 'g'; kernel = '/k'; memory = 64\n"

  private func guest(_ text: String, xen: XenVersion = XenVersion(4, 20)) throws -> XLGuest {
    let config = try XLConfig(reading: SourceText(name: "g.cfg", bytes: Array((Self.least + text).utf8)))
    return try XLGuest(config, xen: xen, file: "g.cfg")
  }

  /// What is said about a configuration, as a person sees it, without the lines themselves.
  private func said(_ text: String, xen: XenVersion = XenVersion(4, 20), whole: Bool = false) throws -> String {
    let bytes = Array(((whole ? "" : Self.least) + text).utf8)
    let config = try XLConfig(reading: SourceText(name: "g.cfg", bytes: bytes))
    do throws(Failure) {
      return DiagnosticPrinter().text(try XLGuest(config, xen: xen, file: "g.cfg").warnings)
    } catch {
      return DiagnosticPrinter().text(error.diagnostics)
    }
  }

  // MARK: - What is taken over

  @Test func theLeastGuestHasOneCPUAndNothingElse() throws {
    let guest = try guest("")
    #expect(guest.name == Sourced("g", at: SourceLocation(file: "g.cfg", line: 1, column: 8, endColumn: 10)))
    #expect(guest.kernel?.value == "/k")
    #expect(guest.memory.value == 64 << 20)
    #expect(guest.maximumMemory.value == 64 << 20)
    #expect(guest.cpus.value == 1)
    #expect(guest.maximumCPUs.value == 1)
    #expect(guest.kind == nil)
    #expect(guest.bootargs == nil)
    #expect(!guest.hasVUART)
    #expect(guest.others.isEmpty)
    #expect(guest.warnings.isEmpty)
  }

  @Test func aGuestOfArmIsTakenOverWhole() throws {
    let guest = try guest(
      """
      type = "pvh"; ramdisk = "/r"; maxmem = 128; vcpus = 2; maxvcpus = 4
      device_tree = "/pt.dtb"; irqs = [ 34, "35" ]; iomem = [ "0x9010,1", "9011,0x2@24000" ]; dtdev = [ "/a" ]
      vuart = "sbsa_uart"; gic_version = "V3"; tee = "ffa"; sve = 256; nr_spis = 40; llc_colors = [ "0-2", "5" ]
      acpi = 1; vpmu = 0; pci = [ "0000:03:00.0" ]
      virtio = [ "type=virtio,device22,transport=mmio,grant_usage=1", "transport=mmio, type=virtio,device, backend=d" ]
      uuid = "00000000-0000-0000-0000-000000000001"

      """)
    #expect(guest.kind?.value == .pvh)
    #expect(guest.ramdisk?.value == "/r")
    #expect(guest.maximumMemory.value == 128 << 20)
    #expect(guest.cpus.value == 2)
    #expect(guest.maximumCPUs.value == 4)
    #expect(guest.deviceTree?.value == "/pt.dtb")
    #expect(guest.interrupts.map(\.value) == [34, 35])
    let pages = guest.ioMemory.map { [$0.value.frame, $0.value.pageCount, $0.value.guestFrame] }
    #expect(pages == [[0x9010, 1, 0x9010], [0x9011, 2, 0x24000]])
    #expect(guest.devices.map(\.value) == ["/a"])
    #expect(guest.pciDevices.map(\.value) == ["0000:03:00.0"])
    #expect(guest.hasVUART)
    #expect(guest.gicVersion?.value == .v3)
    #expect(guest.tee?.value == .ffa)
    #expect(guest.sve?.value == .bits(256))
    #expect(guest.sharedInterrupts?.value == 40)
    #expect(guest.cacheColors == [0, 1, 2, 5])
    #expect(guest.hasACPI?.value == true)
    #expect(guest.hasVPMU?.value == false)
    #expect(guest.virtio.map(\.value.type) == ["virtio,device22", "virtio,device"])
    #expect(guest.virtio.map(\.value.usesGrants) == [true, nil])
    #expect(guest.virtio.map(\.value.backend) == [nil, "d"])
    #expect(guest.others.map(\.name) == ["uuid"])
    #expect(guest.interrupts[1].location?.column == 39)
  }

  @Test func theCommandLineIsPutTogetherAsXLDoes() throws {
    #expect(try guest("cmdline = 'a b'").bootargs?.value == "a b")
    #expect(try guest("root = '/dev/xvda'").bootargs?.value == "root=/dev/xvda")
    #expect(try guest("extra = 'ro quiet'").bootargs?.value == "ro quiet")
    #expect(try guest("extra = 'ro'; root = '/r'").bootargs?.value == "root=/r ro")
    #expect(
      try said("cmdline = 'a'\nroot = '/r'\n")
        == "g.cfg:3:8: warning: xl ignores `root` and `extra` in favour of `cmdline` [xl-value]\n")
  }

  @Test func disksAreReadInBothForms() throws {
    let disks = try guest(
      """
      disk = [ '/dev/vg/a,raw,xvda,rw', 'format=qcow2, vdev=xvdb, access=ro, target=/a,b.img', 'phy:/dev/vg/c,xvdc,w',
        'vdev=xvdd,specification=virtio,backendtype=standalone,grant_usage=0,target=/d', 'cdrom,vdev=hdc' ]

      """
    ).disks.map(\.value)
    #expect(disks.map(\.target) == ["/dev/vg/a", "/a,b.img", "/dev/vg/c", "/d", nil])
    #expect(disks.map(\.vdev) == ["xvda", "xvdb", "xvdc", "xvdd", "hdc"])
    #expect(disks.map(\.format) == [.raw, .qcow2, .raw, .raw, .empty])
    #expect(disks.map(\.isWritable) == [true, false, true, true, false])
    #expect(disks.map(\.isVirtio) == [false, false, false, true, false])
    #expect(disks[3].usesGrants == false)
    #expect(disks[3].backendType == "standalone")
    #expect(disks[4].isCDROM)
  }

  @Test func networksKeepWhatXLKnows() throws {
    let guest = try guest("vif = [ 'mac=00:16:3e:00:00:01, bridge=xenbr0, trusted=1', '' ]\n")
    #expect(guest.networks.map(\.value.mac) == ["00:16:3e:00:00:01", nil])
    #expect(guest.networks.map(\.value.bridge) == ["xenbr0", nil])
    #expect(
      DiagnosticPrinter().text(guest.warnings)
        == "g.cfg:2:9: warning: xl does not know `trusted=1` of a `vif` and ignores it [xl-value]\n")
  }

  // MARK: - What xl ignores

  @Test func whatAnOlderXLDoesNotKnowIsSaid() throws {
    let text = "virtio = [ 'nonsense' ]\nsve = 'much'\nnr_spis = 40\n"
    #expect(
      try said(text, xen: XenVersion(4, 17)) == """
        g.cfg:2:1: warning: xl of Xen 4.17 does not know `virtio` and ignores it in silence; 4.18 does [xl-ignored-key]
        g.cfg:3:1: warning: xl of Xen 4.17 does not know `sve` and ignores it in silence; 4.18 does [xl-ignored-key]
        g.cfg:4:1: warning: xl of Xen 4.17 does not know `nr_spis` and ignores it in silence; 4.20 does [xl-ignored-key]

        """)
    let guest = try guest(text, xen: XenVersion(4, 17))
    #expect(guest.virtio.isEmpty)
    #expect(guest.sve == nil)
    #expect(guest.sharedInterrupts == nil)
  }

  @Test func unknownNamesAreSaidWithTheNearest() throws {
    #expect(
      try said("vcpu = 2\nbogus = 1\n") == """
        g.cfg:2:1: warning: xl does not know `vcpu` and ignores it in silence [xl-unknown-key]
          hint: did you mean `vcpus`?
        g.cfg:3:1: warning: xl does not know `bogus` and ignores it in silence [xl-unknown-key]

        """)
  }

  @Test(arguments: [("maxcpus", "maxvcpus"), ("dtb", "device_tree"), ("initrd", "ramdisk"), ("irq", "irqs")])
  func namesThatPeopleWriteAreKnownForWhatTheyMean(_ written: String, _ meant: String) throws {
    #expect(try said("\(written) = 1\n").hasSuffix("  hint: did you mean `\(meant)`?\n"))
  }

  @Test func namesOfX86AreNoted() throws {
    #expect(
      try said("hpet = 1\n")
        == "g.cfg:2:1: note: `hpet` is for guests of x86; a guest of Arm has nothing of it [xl-x86-key]\n")
  }

  // MARK: - What is wrong

  @Test func aGuestWithoutNameKernelAndMemoryIsRefused() throws {
    #expect(
      try said("", whole: true) == """
        g.cfg: error: the guest has no name [xl-value]
          hint: xl refuses it; write `name = "guest"`
        g.cfg: error: the guest has no `memory` [xl-value]
          hint: xl would take a small default; write the MiB: `memory = 256`
        g.cfg: error: the guest has neither `kernel` nor `bootloader` [xl-value]
          hint: write `kernel = "Image"`

        """)
  }

  @Test(arguments: [
    (
      "vcpus = 'two'",
      """
      g.cfg:2:9: error: parameter `vcpus' is not a valid number [xl-type]
        hint: xl goes on as if `vcpus` were not there

      """
    ),
    (
      "ramdisk = [ '/r' ]",
      """
      g.cfg:2:11: error: parameter `ramdisk' is a list but should be a single value [xl-type]
        hint: xl goes on as if `ramdisk` were not there

      """
    ),
    (
      "irqs = [ [ 34 ] ]",
      "g.cfg:2:10: error: element 0 of `irqs` is a list, but should be a text [xl-value]\n"
    ),
    (
      "vcpus = 200",
      "g.cfg:2:9: error: `vcpus` is 200, and not within 0 and 128 [xl-value]\n"
    ),
    (
      "maxmem = 32",
      "g.cfg:2:10: error: `maxmem` is 32 MiB, less than the `memory` of 64 MiB [xl-value]\n"
    ),
    (
      "vcpus = 4; maxvcpus = 2",
      "g.cfg:2:23: error: `maxvcpus` is 2, less than the 4 of `vcpus` [xl-value]\n"
    ),
    (
      "vcpus = 0",
      "g.cfg:2:9: warning: xl takes `vcpus = 0` as if it were not there [xl-value]\n"
    ),
    (
      "irqs = [ 0x22 ]",
      """
      g.cfg:2:10: error: `0x22` in `irqs` is no decimal number, and xl refuses it [xl-value]
        hint: write 34: `irqs` is read in decimal

      """
    ),
    (
      "irqs = [ 034 ]",
      "g.cfg:2:10: warning: xl reads `034` as the decimal number 34 [xl-value]\n"
    ),
    (
      "irqs = [ 27 ]",
      """
      g.cfg:2:10: warning: a guest cannot be given the interrupt 27: those that it can have are 32 to 1019 [xl-value]

      """
    ),
    (
      "iomem = [ '9010' ]",
      """
      g.cfg:2:11: error: `9010` in `iomem` is not FIRST-PAGE,PAGES or FIRST-PAGE,PAGES@GUEST-PAGE [xl-value]
        hint: all three are hexadecimal numbers of 4 KiB pages: `9010,1@24000`

      """
    ),
    (
      "iomem = [ 'ffffffffffffffff,2' ]",
      "g.cfg:2:11: error: the 0x2 pages from 0xffffffffffffffff on end behind every address [xl-value]\n"
    ),
    (
      "iomem = [ '10000000000,1' ]",
      "g.cfg:2:11: error: the 0x1 pages from 0x10000000000 on end behind every address [xl-value]\n"
    ),
    (
      "gic_version = 3",
      """
      g.cfg:2:15: error: `gic_version` is `3`, which xl of Xen 4.20 does not know [xl-value]
        hint: it knows `default`, `v2`, `v3`

      """
    ),
    (
      "type = 'hvm'",
      "g.cfg:2:8: warning: the guest is of type `hvm`; those of Arm are `pvh` [xl-value]\n"
    ),
    (
      "dtdev = [ 'uart' ]",
      "g.cfg:2:11: error: `uart` in `dtdev` is no path of the host's tree [xl-value]\n"
    ),
    (
      "virtio = [ 'type=virtio,device1A,transport=mmio' ]",
      """
      g.cfg:2:12: error: `virtio,device1A` is no virtio device [xl-value]
        hint: write `virtio,device`, or `virtio,deviceN` with the device's number in small hexadecimal digits

      """
    ),
    (
      "virtio = [ 'type=virtio,device22' ]",
      """
      g.cfg:2:12: error: the virtio device `type=virtio,device22` has no transport [xl-value]
        hint: write `type=virtio,device22,transport=mmio`

      """
    ),
    (
      "disk = [ 'target=/d' ]",
      "g.cfg:2:10: error: the disk `target=/d` has no vdev [xl-value]\n"
    ),
  ])
  func aWrongValueIsExplained(_ text: String, _ expected: String) throws {
    #expect(try said(text) == expected)
  }

  @Test func teesAndGrantsAreKnownFrom418On() throws {
    #expect(
      try said("tee = 'ffa'", xen: XenVersion(4, 17)) == """
        g.cfg:2:7: error: `tee` is `ffa`, which xl of Xen 4.17 does not know [xl-value]
          hint: it knows `none`, `optee`

        """)
    let disk = "vdev=xvda,grant_usage=1,target=/d"
    #expect(
      try said("disk = [ '\(disk)' ]", xen: XenVersion(4, 17)) == """
        g.cfg:2:10: error: xl does not know `grant_usage=1` of the disk `\(disk)` [xl-value]
          hint: xl of Xen 4.18 and later does

        """)
  }
}
