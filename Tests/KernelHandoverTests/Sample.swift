// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import KernelHandover
import Testing

/// A machine that runs a kernel, and what becomes of its tree.
struct Sample {
  let tree: DeviceTree

  /// 1 GiB of RAM at 0x40000000 in two banks that touch, firmware in the last MiB, two CPUs.
  init(chosen: String = "", reservations: String = "", more: String = "", memory: String? = nil) throws {
    let banks =
      memory ?? """
        memory@40000000 { device_type = "memory"; reg = <0x0 0x40000000 0x0 0x20000000>; };
        memory@60000000 { device_type = "memory"; reg = <0x0 0x60000000 0x0 0x20000000>; };
        """
    let source = """
      /dts-v1/;
      \(reservations)
      / {
        #address-cells = <2>;
        #size-cells = <2>;
        model = "sample";
        \(banks)
        reserved-memory {
          #address-cells = <2>;
          #size-cells = <2>;
          ranges;
          firmware@7ff00000 { reg = <0x0 0x7ff00000 0x0 0x100000>; no-map; };
        };
        cpus {
          #address-cells = <1>;
          #size-cells = <0>;
          cpu@0 { device_type = "cpu"; reg = <0>; };
          cpu@100 { device_type = "cpu"; reg = <0x100>; };
        };
        chosen { \(chosen) };
        \(more)
      };
      """
    let parsed = parse(name: "running.dts", bytes: Array(source.utf8), resolvingReferences: true)
    try #require(parsed.diagnostics.isEmpty, "\(parsed.diagnostics)")
    // As a blob has it: without lines.
    tree = try DeviceTree(blob: parsed.tree.blob())
  }

  /// The next kernel's `/chosen`, by name.
  func chosen(_ next: NextKernel) throws -> [String: PropertyValue] {
    let handover = try Handover(from: tree, to: next, file: "fdt")
    let chosen = try #require(handover.tree.node(at: "/chosen"))
    return Dictionary(handover.tree[chosen].properties.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  /// What is said, errors or not, as a person sees it.
  func said(_ change: (inout NextKernel) -> Void) -> [String] {
    var next = NextKernel()
    change(&next)
    let diagnostics: [Diagnostic]
    do throws(Failure) {
      diagnostics = try Handover(from: tree, to: next, file: "fdt").diagnostics
    } catch {
      diagnostics = error.diagnostics
    }
    return DiagnosticPrinter().text(diagnostics).split(separator: "\n").map(String.init)
  }
}

extension Sample {
  private init(tree: DeviceTree) { self.tree = tree }

  /// The same with other cells at the root.
  func withCells(address: UInt32, size: UInt32) throws -> Sample {
    var tree = tree
    tree.set("#address-cells", .cell(address), on: tree.root)
    tree.set("#size-cells", .cell(size), on: tree.root)
    return Sample(tree: tree)
  }

  func withSpinTable() throws -> Sample {
    var tree = tree
    tree.set("enable-method", .string("spin-table"), on: try #require(tree.node(at: "/cpus/cpu@100")))
    return Sample(tree: tree)
  }
}
