// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import BootTargets

@Suite struct FolderNamesTests {
  @Test(arguments: [
    ("vmlinuz-6.1.0", "vmlinuz-6.1.0"), ("my kernel,v2", "my_kernel_v2"), ("a#b;c", "a_b_c"),
    ("${prefix}", "__prefix_"),
    (".hidden", "_hidden"), ("-rf", "_rf"), ("Image.", "Image_"), ("größe", "gr__e"), ("it's", "it_s"), ("", "file"),
    ("KERNEL~1", "KERNEL_1"),
  ])
  func whatAFlowMightTripOverIsReplaced(name: String, carried: String) {
    #expect(FolderNames.carried(name) == carried)
  }

  @Test func aTakenNameGetsThePrefixAndThenANumber() {
    var names = FolderNames()
    #expect(names.take("Image", prefix: "domA-kernel") == "Image")
    #expect(names.take("image", prefix: "domB-kernel") == "domB-kernel-image")
    #expect(names.take("IMAGE", prefix: "domB-kernel") == "2-domB-kernel-IMAGE")
    #expect(names.take("Image", prefix: "domB-kernel") == "3-domB-kernel-Image")
  }

  @Test(arguments: ["boot.dtb", "BOOT.SCR", "boot.cmd", "run.sh", "BootAA64.efi", "BOOTAA64.CFG"])
  func ourOwnNamesAreTaken(name: String) {
    var names = FolderNames()
    #expect(names.take(name, prefix: "domA-ramdisk") == "domA-ramdisk-\(name)")
  }

  @Test func longNamesAreCutAndStayDifferent() {
    var names = FolderNames()
    let long = String(repeating: "n", count: 300)
    let taken = (0..<4).map { _ in names.take(long, prefix: long) }
    #expect(taken.allSatisfy { $0.utf8.count == 100 })
    #expect(Set(taken).count == 4)
  }
}
