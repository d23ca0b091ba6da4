// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Foundation

@testable import BootTargets
@testable import TrialBoot

/// A built folder with two guests, and a program that plays QEMU. Both are gone when the test is over.
final class BuiltSample {
  let path: String
  var folder: String { path + "/out" }
  /// The script that plays QEMU. It is given to a shell: a program just written cannot be run while another test forks.
  let script: String

  init(_ target: BootTarget = .qemu, program text: String = "exit 0") throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("grove-trial-\(UUID().uuidString)").path
    script = path + "/qemu"
    let tree = try Self.tree(uefi: target == .uefi)
    let blob = try tree.blob()
    let prefix = target == .uefi ? "EFI/BOOT/" : ""
    func address(_ value: UInt64) -> UInt64? { target == .uefi ? nil : value }
    let plan = BootPlan(
      target: target, tree: tree, blob: blob,
      files: [
        PlannedFile(prefix + "boot.dtb", blob, address: address(0x4800_0000)),
        PlannedFile(prefix + "xen", [1, 2, 3], address: address(0x4020_0000)),
        PlannedFile(prefix + "Image", [1, 2, 3, 4], address: address(0x4040_0000)),
      ], placement: nil, loads: [], warnings: [])
    try OutputFolder.write([plan], to: folder)
    try "\(text)\n".write(toFile: script, atomically: false, encoding: .utf8)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func trial() throws -> TrialBoot {
    try TrialBoot(folder: folder, target: .qemu, command: ["/bin/sh", script])
  }

  private static func tree(uefi: Bool) throws -> DeviceTree {
    var tree = DeviceTree()
    tree.set("compatible", .string("linux,dummy-virt"), on: tree.root)
    tree.set("#address-cells", .cell(2), on: tree.root)
    tree.set("#size-cells", .cell(2), on: tree.root)
    let memory = tree.addChild("memory@40000000", to: tree.root)
    tree.set("device_type", .string("memory"), on: memory)
    tree.set("reg", .cells([0, 0x4000_0000, 0, 0x4000_0000]), on: memory)
    let cpu = tree.addChild("cpu@0", to: tree.addChild("cpus", to: tree.root))
    tree.set("device_type", .string("cpu"), on: cpu)
    tree.set("compatible", .string("arm,cortex-a72"), on: cpu)
    let controller = tree.addChild("intc@8000000", to: tree.root)
    tree.set("compatible", .string("arm,gic-v3"), on: controller)
    tree.set("interrupt-controller", .empty, on: controller)
    let chosen = tree.addChild("chosen", to: tree.root)
    for name in ["domA", "domB"] {
      let domain = tree.addChild(name, to: chosen)
      tree.set("compatible", .string("xen,domain"), on: domain)
      tree.set("#address-cells", .cell(2), on: domain)
      tree.set("#size-cells", .cell(2), on: domain)
      tree.set("vpl011", .empty, on: domain)
      let module = tree.addChild(uefi ? "kernel" : "module@40400000", to: domain)
      tree.set("compatible", .strings(["multiboot,kernel", "multiboot,module"]), on: module)
      if uefi {
        tree.set("xen,uefi-binary", .string("Image"), on: module)
      } else {
        tree.set("reg", .cells([0, 0x4040_0000, 0, 4]), on: module)
      }
    }
    return tree
  }
}

/// The diagnostics of what `body` throws, as they are printed.
func failure(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "nothing was thrown"
  } catch let failure as Failure {
    return DiagnosticPrinter().text(failure.diagnostics)
  } catch {
    return "\(error)"
  }
}
