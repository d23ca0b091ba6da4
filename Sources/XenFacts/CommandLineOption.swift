// SPDX-License-Identifier: Apache-2.0

/// A word that Xen on Arm reads from its command line.
public struct CommandLineOption: Hashable, Sendable {
  /// Without its value.
  public var name: String
  public var since: XenVersion
  /// The first release that does not know it any more.
  public var until: XenVersion?

  public init(_ name: String, since: XenVersion = XenVersion(4, 12), until: XenVersion? = nil) {
    self.name = name
    self.since = since
    self.until = until
  }

  /// What the parameter tables in the images of Xen 4.17 and 4.20 for arm64 hold, and what other build options add to them
  /// (docs/misc/xen-command-line.pandoc).
  public static let arm: [CommandLineOption] =
    """
    badpage bootscrub bootscrub_chunk conring_size console console_timestamps console_to_ring conswitch \
    crash-debug-debugkey crash-debug-hwdom crash-debug-panic crash-debug-watchdog credit2_balance_over credit2_balance_under \
    credit2_cap_period_ms credit2_load_precision_shift credit2_load_window_shift credit2_runqueue debug_stack_lines dma_bits \
    dom0-iommu dom0_max_vcpus dom0_mem dom0_vcpus_pin dtuart flask gnttab gnttab_max_frames gnttab_max_maptrack_frames \
    guest_loglvl hmp-unsafe iommu iommu_dev_iotlb_timeout loglvl low_mem_virq_limit maxcpus memop-max-order noreboot \
    rcu-idle-timer-period-ms sched sched_credit2_max_cpus_runqueue sched_credit2_migrate_resist sched_credit_tslice_ms \
    sched_ratelimit_us sched_smt_power_savings scrub-domheap serial_tx_buffer serrors spec-ctrl sync_console tbuf_size tevt_mask \
    tickle_one_idle_cpu timer_slop vcpu_migration_delay vwfi xsm acpi argo efi sched-gran rtds
    """.split(separator: " ").map { CommandLineOption(String($0)) } + [
      CommandLineOption("extra_guest_irqs", until: XenVersion(4, 20)),
      CommandLineOption("ext_regions", since: XenVersion(4, 16)),
      CommandLineOption("pci-passthrough", since: XenVersion(4, 16)),
      CommandLineOption("dom0", since: XenVersion(4, 18)),
      CommandLineOption("load-balance-ratelimit", since: XenVersion(4, 18)),
      CommandLineOption("partial-emulation", since: XenVersion(4, 18)),
      CommandLineOption("llc-coloring", since: XenVersion(4, 20)),
      CommandLineOption("llc-size", since: XenVersion(4, 20)),
      CommandLineOption("llc-nr-ways", since: XenVersion(4, 20)),
      CommandLineOption("dom0-llc-colors", since: XenVersion(4, 20)),
      CommandLineOption("xen-llc-colors", since: XenVersion(4, 20)),
      CommandLineOption("buddy-alloc-size", since: XenVersion(4, 20)),
      CommandLineOption("scmi-smc-passthrough", since: XenVersion(4, 21)),
    ]

  /// Words that only Xen on x86 reads and that people carry over.
  public static let x86: Set<String> = [
    "com1", "com2", "vga", "ucode", "cpufreq", "cpuidle", "dom0_nodes", "smt", "watchdog", "nmi", "noirqbalance",
    "x2apic",
    "apic", "apic_verbosity", "edid", "ept", "hap", "pv", "pvh-fallback", "psr", "mce", "msi", "ler", "tsx", "xpti",
    "pcid", "invpcid", "mwait-idle", "max_cstate", "nospec", "crashkernel", "kexec",
  ]

  /// Words of Linux that people put here by mistake.
  public static let linux: Set<String> = [
    "root", "rootwait", "rw", "ro", "init", "rdinit", "earlycon", "earlyprintk", "clk_ignore_unused", "quiet",
    "nokaslr",
    "loglevel", "panic", "isolcpus", "ip", "rootfstype", "initrd",
  ]
}
