// SPDX-License-Identifier: Apache-2.0

/// What Xen leaves out of the tree that dom0 gets, and which devices its own drivers take (xen/arch/arm/domain_build.c).
public enum Dom0Filter {
  /// Compatible strings whose nodes are left out with everything below them, and since when.
  public static let skipped: [(compatible: String, since: XenVersion)] = [
    ("xen,xen", XenVersion(4, 4)),
    ("xen,multiboot-module", XenVersion(4, 4)),
    ("multiboot,module", XenVersion(4, 5)),
    ("arm,psci", XenVersion(4, 4)),
    ("arm,psci-0.2", XenVersion(4, 5)),
    ("arm,psci-1.0", XenVersion(4, 7)),
    ("arm,cortex-a7-pmu", XenVersion(4, 4)),
    ("arm,cortex-a15-pmu", XenVersion(4, 4)),
    ("arm,cortex-a53-edac", XenVersion(4, 4)),
    ("arm,armv8-pmuv3", XenVersion(4, 4)),
    ("arm,armv7-timer-mem", XenVersion(4, 4)),
    ("xen,domain", XenVersion(4, 18)),
    ("xen,domain-shared-memory-v1", XenVersion(4, 18)),
    ("xen,evtchn-v1", XenVersion(4, 18)),
  ]

  /// Properties of `/chosen` that are for Xen, or that it writes again.
  public static let chosenProperties: Set<String> = [
    "xen,xen-bootargs", "xen,dom0-bootargs", "bootargs", "linux,initrd-start", "linux,initrd-end", "stdout-path",
    "linux,uefi-system-table", "linux,uefi-mmap-start", "linux,uefi-mmap-size", "linux,uefi-mmap-desc-size",
    "linux,uefi-mmap-desc-ver",
  ]

  /// UARTs that Xen has drivers for (xen/drivers/char). The one that is Xen's console is not dom0's.
  public static let uarts: Set<String> = [
    "arm,pl011", "arm,sbsa-uart", "ns16550", "ns16550a", "snps,dw-apb-uart", "nvidia,tegra20-uart",
    "brcm,bcm2835-aux-uart",
    "cdns,uart-r1p12", "fsl,s32v234-linflexuart", "fsl,imx7ulp-lpuart", "fsl,imx8qm-lpuart", "fsl,imx8qxp-lpuart",
    "amlogic,meson-uart", "amlogic,meson-ao-uart", "marvell,armada-3700-uart", "ti,omap4-uart",
    "samsung,exynos4210-uart",
    "renesas,scif", "renesas,scifa", "renesas,hscif",
  ]

  /// IOMMUs that Debian's builds of Xen have drivers for (xen/drivers/passthrough/arm).
  public static let iommus: Set<String> = [
    "arm,smmu-v1", "arm,smmu-v2", "arm,mmu-400", "arm,mmu-401", "arm,mmu-500", "cavium,smmu-v2", "nvidia,smmu-500",
    "renesas,ipmmu-r8a7795", "renesas,ipmmu-r8a77965", "renesas,ipmmu-r8a7796", "renesas,ipmmu-r8a779f0",
  ]

  public static let gicV2 = Set(ArmCompatible.gicV2.map { String($0) })
  public static let gicV3 = String(ArmCompatible.gicV3)
  public static let timers = Set(ArmCompatible.timers.map { String($0) })
}
