// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// Xen's command line as words. Xen splits at blanks only; quotes mean nothing to it.
public struct XenCommandLine: Hashable, Sendable {
  public var words: [String]

  public init(_ text: String) {
    words = text.split(separator: " ").map(String.init)
  }

  /// The command line that Xen takes from the tree that it is started with: `xen,xen-bootargs`, else `bootargs` where that cannot
  /// be dom0's (xen/arch/arm/bootfdt.c, `boot_fdt_cmdline`).
  ///
  /// - Parameter kernelHasBootargs: whether the module of dom0's kernel has a command line that is not empty.
  public init(startedWith tree: DeviceTree, kernelHasBootargs: Bool) {
    guard let chosen = tree.node(at: "/chosen") else {
      self.init("")
      return
    }
    if let own = tree[chosen, "xen,xen-bootargs"] {
      self.init(own.string ?? "")
    } else {
      let isXens = kernelHasBootargs || tree[chosen, "xen,dom0-bootargs"] != nil
      self.init(isXens ? tree[chosen, "bootargs"]?.string ?? "" : "")
    }
  }

  public var text: String { words.joined(separator: " ") }

  /// The value of the last `name=value`, which is the one that counts.
  public func value(of name: String) -> String? {
    words.last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
  }

  /// The bytes that `dom0_mem=` asks for: a number with B, K, M, G or T behind it, K when there is none
  /// (xen/common/lib, parse_size_and_unit), possibly behind `min:` or `max:`. Nil when it is absent or unreadable.
  public var dom0Memory: UInt64? {
    guard let value = value(of: "dom0_mem") else { return nil }
    for part in value.split(separator: ",") where !part.hasPrefix("min:") && !part.hasPrefix("max:") {
      return Self.size(part)
    }
    return nil
  }

  /// Whether `llc-coloring` divides the last-level cache.
  public var usesCacheColours: Bool {
    let word = words.last { $0 == "llc-coloring" || $0.hasPrefix("llc-coloring=") }
    return ["llc-coloring", "llc-coloring=on", "llc-coloring=yes", "llc-coloring=true", "llc-coloring=1"]
      .contains(word)
  }

  public var dom0CPUs: UInt32? { value(of: "dom0_max_vcpus").flatMap { UInt32($0) } }

  /// The node that is to be Xen's console: the one that `dtuart=` names, else that of `stdout-path`.
  public func consoleNode(in tree: DeviceTree) -> DeviceTree.NodeID? {
    if let named = value(of: "dtuart"), !named.isEmpty { return tree.node(atPathOrAlias: named) }
    guard let chosen = tree.node(at: "/chosen"), let path = tree[chosen, "stdout-path"]?.string else { return nil }
    return tree.node(atPathOrAlias: path)
  }

  /// A size as Xen's `dom0_mem=` wants it, in the largest unit that leaves no fraction.
  public static func size(_ bytes: UInt64) -> String {
    if bytes & ((1 << 20) - 1) == 0 { return "\(bytes >> 20)M" }
    if bytes & ((1 << 10) - 1) == 0 { return "\(bytes >> 10)K" }
    return "\(bytes)B"
  }

  private static func size(_ text: Substring) -> UInt64? {
    guard let last = text.last else { return nil }
    let shifts: [Character: UInt64] = ["b": 0, "k": 10, "m": 20, "g": 30, "t": 40]
    let unit = shifts[Character(last.lowercased())]
    guard let number = UInt64(unit == nil ? text : text.dropLast()) else { return nil }
    let shift = unit ?? 10
    guard number.leadingZeroBitCount >= Int(shift) else { return nil }
    return number << shift
  }
}
