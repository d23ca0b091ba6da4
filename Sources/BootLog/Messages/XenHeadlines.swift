// SPDX-License-Identifier: Apache-2.0
internal import XenFacts

extension LogMessage {
  /// Lines of Xen that say which step failed.
  static let xenSteps: [LogMessage] = [
    .xen(
      "no-domain", "Missing kernel boot module?", .step,
      "Xen found no domain to start, so it looked for a dom0, and found no kernel for it either",
      rules: [
        "no-domains", "domain-compatible", "domain-misplaced", "kernel-missing", "module-compatible", "cell-sizes",
        "shared-memory", "static-memory", "module-overlap", "too-many-modules", "module-reg",
      ], context: "*** LOADING DOMAIN 0",
      cure:
        "a domain is a child of /chosen that is compatible with \"xen,domain\" and has a kernel which is compatible with \"multiboot,kernel\" and \"multiboot,module\""
    ),
    .xen(
      "kernel-module", "Missing kernel boot module?", .step,
      "Xen knows no kernel at the place that the domain names",
      rules: [
        "kernel-missing", "module-compatible", "module-reg", "cell-sizes", "module-sharing", "too-many-modules",
        "module-overlap", "module-misfit",
      ], context: "*** LOADING DOMU",
      cure:
        "a kernel needs \"multiboot,kernel\" and \"multiboot,module\", and a `reg` in the cells of its parent that is not empty; the 31st module is dropped, newer Xens drop one that overlaps another, and a gzip kernel serves one domain alone"
    ),
    .xen(
      "guest-tree-memory", "Device tree generation failed (-2).", .cause,
      "a domain has no memory that Xen could give it: it asks for static memory, and this Xen is built without CONFIG_STATIC_MEMORY",
      rules: ["static-memory", "build-option-missing"],
      cure: "build Xen with CONFIG_STATIC_MEMORY, or leave xen,static-mem out"),
    .xen(
      "guest-tree", "Device tree generation failed (*).", .step,
      "Xen could not write a domain's device tree (error %1)",
      rules: ["passthrough-tree-size", "guest-tree-size", "module-file-size"], versions: [XenVersion(4, 20)],
      cure: "look at the partial tree, and whether its module's `reg` is as long as the file"),
  ]

  /// The lines of Xen's panics.
  static let xenHeadlines: [LogMessage] = [
    .xen(
      "domain-setup", "Could not set up domain *", .headline, "Xen could not start %1",
      rules: ["module-format", "module-file-size", "kernel-missing", "static-memory", "passthrough-tree-size"],
      domainAt: 1,
      cure:
        "with nothing said before it, the kernel is not what Xen can start: look whether the loader put the right file at the address in `reg`, and whether its size is the file's"
    ),
    .xen(
      "domain-creation", "Error creating domain *", .headline,
      "Xen refuses the domain %1: a number in it is out of range",
      rules: ["property-value", "nr-spis", "grant-limits", "cpus-missing", "sve-length", "capabilities"], domainAt: 1,
      cure: "look at cpus (1 to 128), nr_spis, max_grant_version and the other numbers of the domain"),
    .xen(
      "dom0-setup", "Could not set up DOM0 guest OS*", .headline,
      "Xen found no domain to start and then no kernel for a dom0",
      rules: ["no-domains", "domain-compatible", "domain-misplaced"],
      cure: "without any domain that is compatible with xen,domain and has a kernel, Xen looks for a dom0"),
    .xen(
      "event-channels", "Could not set up domains evtchn", .headline, "Xen could not connect the static event channels",
      rules: ["event-channels"], cure: "look at the xen,evtchn properties"),
    .xen(
      "construct-domain", "Could not construct domain *", .headline, "Xen could not start %1", domainAt: 1,
      unbooted: "newer Xens say so", cure: "look at the lines before it"),
  ]
}
