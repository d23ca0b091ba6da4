// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Foundation
import Testing
import XenSystem

@testable import SystemFiles

/// Descriptions changed at random, always the same way: every one is read or refused, none traps.
@Suite struct MutationTests {
  private struct Random {
    var state: UInt64

    mutating func next(below limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(truncatingIfNeeded: (state >> 33) % UInt64(limit))
    }
  }

  private static let yaml = """
    grove: 1
    xen: {bootargs: "console=dtuart dom0_mem=1G"}
    host: {device-tree: host.dts}
    domains:
      - {name: dom0, dom0: true, kernel: Image, memory: 512 MiB, cpus: 2}
      - name: domA
        kernel: {file: Image, address: 0x50000000}
        memory: &m 64 MiB
        properties: {a: 1, b: [1, 2], c: {u64: 5}, d: {hex: "00 ff"}, e: {dts: '<1 &x>'}, f: true}
        capabilities: [control]
      - {name: domB, kernel: Image, memory: *m, console: none}

    """

  private static let dts = """
    /dts-v1/;
    / { #address-cells = <2>; #size-cells = <2>;
      memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
      x: x { };
      chosen { xen,xen-bootargs = "dom0_mem=1G";
        k { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x50000000 0 0x1000>; bootargs = "a"; };
        domA { compatible = "xen,domain"; memory = <0 65536>; cpus = <1>; capabilities = <3>; link = <&x>;
          module@1 { compatible = "multiboot,kernel", "multiboot,module"; xen,uefi-binary = "Image"; };
          ev { xen,evtchn = <1 &x>; };
        };
      };
    };

    """

  @Test(arguments: [(yaml, "system.yaml"), (dts, "system.dts")])
  func everyMutationIsReadOrRefused(_ source: String, _ name: String) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("grove-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var image = [UInt8](repeating: 0, count: 4096)
    image.replaceSubrange(0x38..<0x3C, with: [0x41, 0x52, 0x4D, 0x64])
    try Data(image).write(to: URL(fileURLWithPath: folder + "/Image"))
    try Data(Self.dts.utf8).write(to: URL(fileURLWithPath: folder + "/host.dts"))

    var random = Random(state: 1)
    let tokens = [
      "*m", "&m ", "{", "}", "[", "]", ": ", "- ", "\t", "\u{0}", "<", ">", "&x", "\"", "'", "0xffffffffffffffff", "-1",
      ";",
    ]
    var refused = 0
    for _ in 0..<1500 {
      var bytes = Array(source.utf8)
      for _ in 0...random.next(below: 4) {
        let at = random.next(below: bytes.count)
        switch random.next(below: 4) {
        case 0: bytes[at] = UInt8(random.next(below: 256))
        case 1: bytes.remove(at: at)
        case 2: bytes.removeSubrange(at..<min(at + 20, bytes.count))
        default: bytes.insert(contentsOf: tokens[random.next(below: tokens.count)].utf8, at: at)
        }
        if bytes.isEmpty { bytes = [0] }
      }
      try Data(bytes).write(to: URL(fileURLWithPath: folder + "/" + name))
      do throws(LoadFailure) {
        let loaded = try loadSystem([folder + "/" + name])
        _ = try? loaded.system.bootTree { _ in .uefiBinary("file") }
      } catch {
        refused += 1
        #expect(!error.failure.diagnostics.isEmpty)
      }
    }
    #expect(refused > 0)
  }
}
