// SPDX-License-Identifier: Apache-2.0
internal import XenFacts

extension LogMessage {
  /// Lines of Xen that say which step failed.
  static let xenSteps: [LogMessage] = [
    .xen(
      "kernel-module", "Missing kernel boot module?", .step,
      "Xen found no kernel for a domain: no module that it could read is one",
      rules: [
        "no-domains", "domain-compatible", "domain-misplaced", "kernel-missing", "module-compatible", "module-reg",
        "cell-sizes", "too-many-modules", "module-sharing", "shared-memory", "static-memory",
      ],
      cure:
        "a kernel needs compatible = \"multiboot,kernel\", \"multiboot,module\" and a `reg` in the cells of its parent; the 31st module is dropped, and so is one that overlaps another"
    ),
    .xen(
      "guest-tree", "Device tree generation failed (*).", .step,
      "Xen could not write a domain's device tree (error %1)",
      rules: ["passthrough-tree-size", "static-memory", "build-option-missing", "passthrough"],
      cure: "look at the partial tree and its module's size; static memory needs a Xen built with CONFIG_STATIC_MEMORY"),
  ]

  /// The lines of Xen's panics.
  static let xenHeadlines: [LogMessage] = [
    .xen(
      "domain-setup", "Could not set up domain *", .headline, "Xen could not start %1",
      rules: ["module-format", "module-file-size", "kernel-missing", "static-memory", "passthrough"], domainAt: 1,
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
