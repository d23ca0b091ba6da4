// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
public import Diagnostics

extension Host {
  /// Properties of `/chosen` that a dumped host tree carries and that must not reach Xen, with the reason.
  private static let leftovers: [(name: String, reason: String)] = [
    ("rng-seed", "a random seed is for one boot only"),
    ("kaslr-seed", "a random seed is for one boot only"),
    ("bootargs", "Xen would take it for its own command line or dom0's"),
    ("linux,initrd-start", "Xen would take it for dom0's ramdisk"),
    ("linux,initrd-end", "Xen would take it for dom0's ramdisk"),
  ]

  /// Drops what an earlier boot left in `/chosen`.
  ///
  /// - Returns: a note for each property dropped.
  public mutating func prepare() -> [Diagnostic] {
    guard let chosen = tree.node(at: "/chosen") else { return [] }
    var notes: [Diagnostic] = []
    for (name, reason) in Self.leftovers where tree[chosen, name] != nil {
      notes.append(
        Diagnostic(
          .note, rule: "host-leftover", "\(name) of the host tree is left out: \(reason)",
          at: tree.place(of: chosen, property: name, file: file)))
      tree.removeProperty(name, from: chosen)
    }
    return notes
  }
}
