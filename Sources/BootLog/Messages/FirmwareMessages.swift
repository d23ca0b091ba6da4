// SPDX-License-Identifier: Apache-2.0

extension LogMessage {
  /// Lines of U-Boot 2023.01.
  static let uboot: [LogMessage] = [
    .firmware(
      "uboot-file-missing", "Failed to load '*'", .cause, "U-Boot could not load %1 from the disk",
      cure: "put the file where the script looks for it; what lay at its address before, Xen takes for the file"),
    .firmware(
      "uboot-not-an-image", "Bad Linux ARM64 Image magic!", .cause, "what booti was to start is no arm64 Image",
      cure: "give booti the address at which Xen was loaded; Xen's file must be the raw image, not gzip and not ELF"),
    .firmware(
      "uboot-no-tree", "ERROR: Did not find a cmdline Flattened Device Tree", .cause,
      "there is no device tree at the address that booti was given",
      cure: "load the tree before, and give its address last: booti XEN - TREE"),
    .firmware(
      "uboot-ramdisk", "Bad FIT ramdisk image format!*", .cause, "booti took the device tree for a ramdisk",
      cure: "write booti XEN - TREE, with the - between"),
    .firmware(
      "uboot-bad-ramdisk", "Ramdisk image is corrupt or invalid", .step,
      "booti took something for a ramdisk that is none",
      cure: "write booti XEN - TREE, with the - between: Xen takes its modules from the tree"),
    .firmware(
      "uboot-script-format", "Wrong image format for \"source\" command", .cause, "boot.scr is no script image",
      cure: "make it with mkimage -A arm64 -T script -C none -d boot.cmd boot.scr"),
    .firmware(
      "uboot-command", "Unknown command '*' - try 'help'", .cause,
      "the script uses %1, which this U-Boot does not have",
      cure: "correct the command's name, or build U-Boot with it"),
    .firmware(
      "uboot-tree-full", "libfdt fdt_*(): FDT_ERR_NOSPACE", .cause, "a fdt command found no more room in the tree",
      cure: "write fdt resize 4096 (or more) before the first change: what did not fit is missing from the tree"),
    .firmware(
      "uboot-tree-node", "libfdt fdt_*() returned FDT_ERR_NOTFOUND", .cause,
      "a fdt command names a node that is not in the tree",
      cure: "make the node first, with fdt mknod; write # as \\\\# in a name such as \\\\#address-cells"),
    .firmware(
      "uboot-partition", "** Unable to use * **", .cause, "U-Boot cannot use the disk %1",
      unbooted: "seen on boards only", cure: "look at the disk and its partition table"),
    .firmware(
      "uboot-no-partition", "Couldn't find partition *", .cause, "U-Boot finds no partition %1",
      cure: "the disk needs a partition table; a file system on the bare disk is not looked at"),
    .firmware(
      "uboot-no-boot", "EFI boot manager: Cannot load any image", .headline, "U-Boot found nothing to boot",
      cure: "put boot.scr into the first partition, or under /boot"),
    .firmware(
      "uboot-abort", "\"Synchronous Abort\" handler*", .headline,
      "U-Boot crashed, most often because a file was loaded over it",
      unbooted: "seen on boards only", cure: "load files to addresses that U-Boot and its tree do not use"),
    .firmware(
      "grove-not-started", "grove: * cannot be loaded", .step, "the script that grove wrote could not load %1",
      cure: "copy the whole folder to the disk"),
  ]

  /// Lines of Xen's own UEFI loader and of AAVMF 2022.11.
  static let uefi: [LogMessage] = [
    .firmware(
      "uefi-property", "Unable to find `reg' property*", .cause, "a module has neither a file nor an address",
      rules: ["uefi-binary-name"], unbooted: "no tree that Xen prints it for was found",
      cure: "name the file with xen,uefi-binary"),
    .firmware(
      "uefi-no-config", "No configuration file found.", .cause,
      "Xen found neither its configuration file nor modules in the firmware's tree",
      cure:
        "the file has the name of the started image with .cfg: BOOTAA64.EFI reads BOOTAA64.cfg; xen.cfg belongs to xen.efi"
    ),
    .firmware(
      "uefi-file-missing", "Open failed for *:*", .cause, "Xen's loader does not find the file %1",
      rules: ["xen-cfg-file"],
      cure: "put it beside the Xen image; names are relative to its folder, with \\ between folders"),
    .firmware(
      "uefi-cells", "#address-cells not found in domain node.", .cause,
      "a domain has no #address-cells, and Xen's UEFI loader needs it", rules: ["uefi-domain-cells", "cell-sizes"],
      cure: "write #address-cells = <2> and #size-cells = <2> into every domain"),
    .firmware(
      "uefi-size-cells", "#size-cells not found in domain node.", .cause,
      "a domain has no #size-cells, and Xen's UEFI loader needs it", rules: ["uefi-domain-cells", "cell-sizes"],
      unbooted: "the other property is looked for first", cure: "write #size-cells = <2> into every domain"),
    .firmware(
      "uefi-no-kernel", "No initial domain kernel specified.", .cause,
      "neither the configuration nor the tree names a kernel",
      rules: ["xen-cfg-kernel", "no-domains", "uefi-binary-place", "kernel-missing"],
      cure: "give the tree domains whose modules have xen,uefi-binary, or the configuration a kernel="),
    .firmware(
      "uefi-no-chosen", "Unable to find chosen node", .cause,
      "the file behind dtb= is no device tree, or has no /chosen", cure: "give a compiled tree (.dtb) with a /chosen"),
    .firmware(
      "uefi-modules", "Error processing boot modules on DT.", .step, "Xen's loader cannot use the modules in the tree",
      rules: ["uefi-domain-cells", "uefi-node-compatible", "uefi-binary-name"], cure: "look at the line before it"),
    .firmware(
      "uefi-dom0-twice", "Dom0 kernel already found in cfg file.", .cause,
      "dom0's kernel is named by the configuration and by the tree",
      cure: "leave kernel= out of the configuration, or the module out of the tree"),
    .firmware(
      "uefi-not-started", "BdsDxe: failed to load Boot* \"*\" from *: Not Found", .headline,
      "the firmware found nothing that it can start",
      cure: "Xen's image must be \\EFI\\BOOT\\BOOTAA64.EFI; it must be an arm64 image with a PE header"),
    .firmware(
      "uefi-shell", "UEFI Interactive Shell*", .headline, "the firmware started nothing and shows its shell",
      cure: "Xen's image must be \\EFI\\BOOT\\BOOTAA64.EFI on a FAT partition"),
    .firmware(
      "uefi-exception", "Synchronous Exception at *", .headline, "the firmware crashed at %1",
      cure: "look at the lines before it"),
  ]
}
