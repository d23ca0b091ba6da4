// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The example of the 2021 design for booting guests by UEFI: two guests that share one kernel file and have a ramdisk each.
enum TwoGuests {
  static let ramdisks = ["domA": "The ramdisk of domA.\n", "domB": "The ramdisk of domB, a little longer.\n"]
  static let memory = ["domA": 128 << 20, "domB": 512 << 20]
  static let cpus = ["domA": 2, "domB": 3]

  static func bootargs(_ name: String) -> String { "name=\(name) console=ttyAMA0 root=/dev/ram" }

  static let yaml = """
    grove: 1
    xen:
      image: xen
      bootargs: console=dtuart dtuart=/pl011@9000000 bootscrub=0
    host:
      device-tree: virt.dtb
    domains:
      - name: domA
        kernel: kernel
        ramdisk: ramdisk-domA.img
        bootargs: \(bootargs("domA"))
        memory: 128 MiB
        cpus: 2
      - name: domB
        kernel: kernel
        ramdisk: ramdisk-domB.img
        bootargs: \(bootargs("domB"))
        memory: 512 MiB
        cpus: 3

    """

  static let dts = """
    /dts-v1/;
    / { chosen {
      grove,xen-image = "xen";
      xen,xen-bootargs = "console=dtuart dtuart=/pl011@9000000 bootscrub=0";
      domA { compatible = "xen,domain"; memory = <0x0 0x20000>; cpus = <2>; vpl011;
        kernel { compatible = "multiboot,kernel", "multiboot,module"; xen,uefi-binary = "kernel"; bootargs = "\(bootargs("domA"))"; };
        ramdisk { compatible = "multiboot,ramdisk", "multiboot,module"; xen,uefi-binary = "ramdisk-domA.img"; };
      };
      domB { compatible = "xen,domain"; memory = <0x0 0x80000>; cpus = <3>; vpl011;
        kernel { compatible = "multiboot,kernel", "multiboot,module"; xen,uefi-binary = "kernel"; bootargs = "\(bootargs("domB"))"; };
        ramdisk { compatible = "multiboot,ramdisk", "multiboot,module"; xen,uefi-binary = "ramdisk-domB.img"; };
      };
    }; };

    """

  /// A workspace with the description in both forms and all that it names.
  static func workspace(xen: String = "4.20", gzip: Bool = false) throws -> Workspace {
    let work = try Workspace()
    try work.copy(Real.xen(xen), as: "xen")
    try work.copy(Real.virtTree, as: "virt.dtb")
    try work.copy(Real.probe, as: "kernel")
    if gzip {
      _ = try run("/usr/bin/env", ["gzip", "-9n", work.path("kernel")])
      try FileManager.default.moveItem(atPath: work.path("kernel.gz"), toPath: work.path("kernel"))
    }
    for (name, text) in ramdisks { try work.write("ramdisk-\(name).img", text) }
    try work.write("system.yaml", yaml)
    try work.write("system.dts", dts)
    return work
  }
}
