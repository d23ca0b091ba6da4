// SPDX-License-Identifier: Apache-2.0

extension LogMessage {
  /// Lines of guests: Linux 6.1, and the probe.
  static let guests: [LogMessage] = [
    .domain(
      "linux-no-root", "*VFS: Unable to mount root fs on *", .cause,
      "the guest's Linux found no root file system",
      rules: ["module-file-size", "module-overlap", "module-reg"],
      cure:
        "give it a ramdisk (multiboot,ramdisk) whose `reg` is as long as the file, or root= a device that the guest has"
    ),
    .domain(
      "linux-bad-ramdisk", "*Initramfs unpacking failed: *", .cause, "the guest's Linux cannot unpack its ramdisk: %2",
      rules: ["module-file-size", "module-overlap", "module-format"],
      cure: "look whether the ramdisk was loaded to the address in `reg`, whole, and over nothing else"),
    .domain(
      "linux-no-init", "*No working init found.*", .cause, "the guest's ramdisk holds no init that Linux could start",
      unbooted: "the ramdisk's matter, not the tree's",
      cure: "put /init into the ramdisk, for the guest's processor, executable"),
    .domain(
      "linux-no-memory", "*System is deadlocked on memory*", .cause, "the guest's Linux has too little memory",
      rules: ["memory-too-small"], unbooted: "which line comes depends on the kernel",
      cure: "give the domain more `memory`"),
    .domain(
      "linux-out-of-memory", "*Out of memory*", .cause, "the guest's Linux has too little memory",
      rules: ["memory-too-small"], unbooted: "which line comes depends on the kernel",
      cure: "give the domain more `memory`"),
    .domain(
      "linux-panic", "*Kernel panic - not syncing: *", .headline, "the guest's Linux gave up: %2",
      unbooted: "there are as many reasons as kernels", cure: "look at the guest's lines before it"),
    .domain(
      "probe-tree", "PROBE-FAULT tree at * code=* offset=*", .headline,
      "the guest cannot read the device tree that Xen made for it",
      rules: ["guest-tree-size", "passthrough-iommu", "passthrough-incomplete"],
      cure: "an old Xen starts a guest whose tree it could not finish; look at Xen's own lines before"),
    .domain(
      "probe-fault", "PROBE-FAULT esr=*", .headline, "the guest touched an address where nothing is",
      unbooted: "a line of the probe alone", cure: "look at the addresses that the guest was given"),
  ]
}
