// SPDX-License-Identifier: Apache-2.0
internal import XenFacts

private let new = [XenVersion(4, 20)]
private let old = [XenVersion(4, 17)]

extension LogMessage {
  /// Lines of Xen that say why.
  static let xenCauses: [LogMessage] = [
    // Memory
    .xen(
      "domain-memory", "Failed to allocate requested domain memory. *KB unallocated. Fix the VMs configurations.",
      .cause,
      "a domain wants more memory than is left: %1 KiB could not be given to it", rules: ["memory-over-ram"],
      cure:
        "`memory` counts KiB, in two cells: <0x0 0x20000> is 128 MiB; bytes there are 1,024 times too much. Give less"),
    .xen(
      "dom0-memory", "Failed to allocate requested dom0 memory. *MB unallocated", .cause,
      "dom0 wants more memory than can be mapped 1:1 for it: %1 MiB could not be given to it",
      rules: ["dom0-memory", "memory-over-ram"],
      cure: "give dom0_mem= less; it needs pieces of real RAM, and what is reserved divides these"),
    .xen(
      "first-bank", "Not enough memory in the first bank for the kernel+dtb+initrd", .cause,
      "a domain has too little memory for its kernel, its device tree and its ramdisk",
      rules: ["memory-too-small", "module-reg", "cell-sizes"],
      cure: "give the domain more `memory`; the tree and the ramdisk take 2 MiB each at least"),
    .xen(
      "p2m-pages", "Failed to allocate P2M pages.", .cause,
      "there is no memory for the pool of a domain's page tables", rules: ["p2m-pool", "memory-over-ram"],
      cure: "give xen,domain-p2m-mem-mb less, or leave it out: Xen computes what is needed"),
    .xen(
      "memory-property", "Error building DomU: cannot read \"memory\" property", .cause,
      "a domain has no `memory`, or one that is not two cells", rules: ["memory-missing"],
      cure: "write memory = <0x0 KIB>, always two cells"),
    // Domains
    .xen(
      "cpus-property", "Missing property 'cpus' for domain *", .cause, "%1 has no `cpus`", rules: ["cpus-missing"],
      domainAt: 1, cure: "write cpus = <1>, or as many as it shall have"),
    .xen(
      "direct-map", "direct-map is not valid for domain * without static allocation.", .cause,
      "%1 has `direct-map` without `xen,static-mem`", rules: ["direct-map"], domainAt: 1,
      cure: "give it static memory, which needs a Xen built with CONFIG_STATIC_MEMORY, or leave direct-map out"),
    .xen(
      "xenstore", "At the moment, Xenstore support requires dom0 to be present", .cause,
      "a domain has `xen,enhanced`, which asks for Xenstore, and there is no dom0 that provides it",
      rules: ["xen-enhanced"], cure: "write xen,enhanced = \"no-xenstore\", or start a dom0"),
    .xen(
      "llc-colors", "'llc-colors' found, but LLC coloring is disabled", .cause,
      "a domain has `llc-colors`, and cache colouring is off or not built in",
      rules: ["llc-colors", "build-option-missing"],
      versions: new,
      cure: "build Xen with CONFIG_LLC_COLORING and start it with llc-coloring=on, or leave the property out"),
    .xen(
      "sve", "'sve' property found, but CONFIG_ARM64_SVE not selected", .cause,
      "a domain has `sve`, and this Xen is built without CONFIG_ARM64_SVE",
      rules: ["sve-length", "build-option-missing"], versions: new,
      cure: "build Xen with CONFIG_ARM64_SVE, or leave the property out"),
    .xen(
      "capabilities", "xenstore requested, but xenstore domain not present", .cause,
      "a domain has `xen,enhanced`, which asks for Xenstore, and no domain provides it", rules: ["xen-enhanced"],
      unbooted: "Xen 4.21 and newer say so",
      cure: "write xen,enhanced = \"no-xenstore\", or start a domain with the capability"),
    .xen(
      "phandle-range", "Phandle allocation overlaps Xen reserved range*", .cause,
      "a partial tree uses a phandle from 65000 (0xfde8) on, which newer Xens keep for themselves",
      rules: ["passthrough-phandles"], unbooted: "Xen 4.23 and newer say so",
      cure: "give the nodes of the partial tree small phandles"),
    .xen(
      "early-parsing", "Early FDT parsing failed*", .cause,
      "Xen cannot read its own part of the device tree: static memory or shared memory is wrong",
      rules: ["static-memory", "shared-memory", "module-reg"],
      unbooted: "only a Xen with an early console can print it",
      cure: "check the tree; ranges must be whole pages in RAM that nothing else uses, in the cells of /chosen"),
    .xen(
      "module-without-reg", "node * missing `reg' property", .cause, "the module %1 has no `reg`",
      rules: ["module-reg"],
      unbooted: "only a Xen with an early console can print it",
      cure: "give its address and size; for UEFI name its file with xen,uefi-binary"),
    // Modules
    .xen(
      "bug-pages-1423", "Xen BUG at common/page_alloc.c:1423", .cause,
      "memory was given back twice: two boot modules overlap, or one lies over Xen or the device tree",
      rules: ["module-overlap", "module-over-loader"], versions: old,
      cure: "load every module to its own place; `reg` must be where the file lies, and as long as the file"),
    .xen(
      "bug-pages", "Xen BUG at common/page_alloc.c:*", .cause,
      "memory was counted or given back twice: boot modules, banks of memory or reserved memory overlap",
      rules: ["module-overlap", "module-over-loader"], unbooted: "the line's number differs by version",
      cure: "look for overlaps: modules, /memory, /reserved-memory and the /memreserve/ block"),
    // Event channels
    .xen(
      "event-channel-peer", "evtchn: could not find remote evtchn phandle", .cause,
      "an event channel names a peer that is not in the tree", rules: ["event-channels"],
      cure: "xen,evtchn = <port &peer> must name a node that is compatible with xen,evtchn-v1"),
    .xen(
      "event-channel-pair", "xen,evtchn property is not setup correctly*", .cause,
      "the two ends of an event channel do not name each other", rules: ["event-channels"],
      cure: "let each end's xen,evtchn name the other one"),
    .xen(
      "event-channel-port", "evtchn_alloc_unbound() failure (Error -16)", .cause,
      "one domain has two event channels of one local port", rules: ["event-channels"],
      cure: "give each event channel of a domain its own port"),
    // Devices
    .xen(
      "device-no-node", "Couldn't find node * in host_dt!", .cause,
      "a partial tree's xen,path names %1, which the host's tree does not have", rules: ["passthrough-path"],
      cure: "write the full path of the host's node, with its unit address"),
    .xen(
      "device-unaligned", "DomU passthrough config has not page aligned addresses/sizes", .cause,
      "a partial tree's xen,reg is no whole page", rules: ["passthrough-unaligned"],
      cure: "give whole pages (0x1000) in xen,reg; `reg` keeps the device's true address"),
    .xen(
      "device-irq-used", "IRQ * is already used by domain *", .cause,
      "the interrupt %1 (SPI number plus 32) is given to two domains; domain %2 has it already",
      rules: ["passthrough-device-twice", "passthrough-mark", "passthrough-xen-device"],
      cure:
        "give a device to one domain; with a dom0, write xen,passthrough into the host's node, so that dom0 leaves it"),
    .xen(
      "device-irq-xen", "IRQ * is already used by Xen", .cause,
      "the interrupt %1 (SPI number plus 32), which Xen uses itself, is given to a domain",
      rules: ["passthrough-xen-device"], cure: "leave Xen its console, its timer and its interrupt controller"),
    .xen(
      "device-incomplete", "xen,reg or xen,path missing for d*", .cause,
      "a device of domain %1 has one of xen,reg and xen,path without the other", rules: ["passthrough-incomplete"],
      cure: "write both, or xen,reg with xen,force-assign-without-iommu for a device without interrupts"),
    .xen(
      "device-no-iommu", "Failed to assign device to d*", .step,
      "a device could not be given to domain %1; without an IOMMU it has to be said that the domain may have it all the same",
      rules: [
        "passthrough-iommu", "passthrough-incomplete", "passthrough-path", "passthrough-unaligned",
        "passthrough-register",
        "passthrough-property",
      ],
      cure:
        "write xen,force-assign-without-iommu into the device's node of the partial tree, if the domain may be trusted"),
  ]
}
