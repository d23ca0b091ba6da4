// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing

/// Damaged overlays and bases are refused or applied, but nothing traps, and a refusal leaves the base as
/// it was.
@Suite struct OverlayMutationTests {
  private static let overlay = DeviceTree([
    "/fragment@0": ["target": .open],
    "/fragment@0/__overlay__": ["link": .cells([1, .max])],
    "/fragment@0/__overlay__/x@1": ["phandle": .cell(1), "s": .string("t")],
    "/fragment@1": ["target-path": .string("/soc/uart@1")],
    "/fragment@1/__overlay__": ["status": .string("on"), "phandle": .cell(2)],
    "/__symbols__": ["x": .string("/fragment@0/__overlay__/x@1")],
    "/__fixups__": ["bus": .strings(["/fragment@0:target:0", "/fragment@0/__overlay__:link:4"])],
    "/__local_fixups__/fragment@0/__overlay__": ["link": .cell(0)],
  ])

  /// Whether it could be applied. Checks what must hold in either case.
  private func apply(_ overlay: DeviceTree, to base: DeviceTree) throws -> Bool {
    var tree = base
    do throws(Failure) {
      try tree.apply(overlay: overlay, named: "o.dtbo")
    } catch {
      #expect(error.diagnostics.contains { $0.level == .error })
      #expect(tree.outline == base.outline)
      return false
    }
    // A damaged name can be one that no blob takes, and then the input is no blob either.
    let blob = try tree.blob()
    #expect(try DeviceTree(blob: blob).outline == tree.outline)
    return true
  }

  @Test(arguments: [0, 3, 7])
  func everyByteMayChange(_ bit: UInt8) throws {
    let base = DeviceTree.board
    let baseBlob = try base.blob()
    let overlayBlob = try Self.overlay.blob()
    var (applied, refused) = (0, 0)
    for offset in overlayBlob.indices {
      var damaged = overlayBlob
      damaged[offset] ^= 1 << bit
      guard let overlay = try? DeviceTree(blob: damaged) else { continue }
      if try apply(overlay, to: base) { applied += 1 } else { refused += 1 }
    }
    for offset in baseBlob.indices {
      var damaged = baseBlob
      damaged[offset] ^= 1 << bit
      guard let base = try? DeviceTree(blob: damaged) else { continue }
      if try apply(Self.overlay, to: base) { applied += 1 } else { refused += 1 }
    }
    #expect(applied > 0 && refused > 0)
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func valuesMayBeAnything(_ seed: UInt64) throws {
    var state = seed
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var (applied, refused) = (0, 0)
    for _ in 0..<300 {
      var trees = [DeviceTree.board, Self.overlay]
      for _ in 0...random(4) {
        let which = random(2)
        let nodes = Array(trees[which].walk())
        let node = nodes[random(nodes.count)]
        guard !trees[which][node].properties.isEmpty else { continue }
        let at = random(trees[which][node].properties.count)
        var property = trees[which][node].properties[at]
        let other = trees[random(2)]
        let donor = Array(other.walk()).flatMap { other[$0].properties }.map(\.value.bytes)
        switch random(6) {
        case 0: property.value.bytes = donor[random(donor.count)]
        case 1: property.value.bytes += donor[random(donor.count)]
        case 2: property.value.bytes.removeLast(random(property.value.bytes.count + 1))
        case 3: property.value = .cell(UInt32(truncatingIfNeeded: random(12) - 2))
        case 4: property.name = ["phandle", "linux,phandle", "target", "target-path", "x", "link"][random(6)]
        default:
          if !property.value.bytes.isEmpty {
            property.value.bytes[random(property.value.bytes.count)] = UInt8(random(256))
          }
        }
        trees[which][node].properties[at] = property
        if random(10) == 0 { trees[which].remove(nodes[random(nodes.count)]) }
      }
      if try apply(trees[1], to: trees[0]) { applied += 1 } else { refused += 1 }
    }
    #expect(applied > 0 && refused > 0)
  }
}
