// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestTree

let words = CommandLine.arguments
guard words.count == 4 else {
  print("usage: first-guest KERNEL RAMDISK BOOTARGS")
  exit(2)
}
let kernel = try KernelFile([UInt8](Data(contentsOf: URL(filePath: words[1]))), for: .qemuVirt)

var guest = Guest(cpuCount: 2, memory: 256 << 20)
guest.model = Array("My first guest".utf8)
guest.bootargs = Array(words[3].utf8)
guest.ramdiskSize = UInt64(try Data(contentsOf: URL(filePath: words[2])).count)

let host = HostFacts(gic: .v3, cpuCompatible: Array("arm,cortex-a57\0".utf8))
let plan = try GuestPlan(guest, kernel: kernel.kernel, host: host, platform: .qemuVirt)
print(plan.text)
try Data(plan.tree.blob).write(to: URL(filePath: "guest.dtb"))

let qemu = Process()
qemu.executableURL = URL(filePath: "/usr/bin/env")
qemu.arguments = [
  "qemu-system-aarch64", "-machine", "virt,gic-version=3", "-cpu", "cortex-a57", "-smp", "2", "-m", "256", "-nic",
  "none", "-no-reboot", "-nographic", "-kernel", words[1], "-initrd", words[2], "-dtb", "guest.dtb",
]
try qemu.run()
qemu.waitUntilExit()
