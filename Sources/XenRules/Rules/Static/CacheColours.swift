// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let cacheColours = Rule(
    "llc-colors", "cache colours of a domain that Xen refuses", releases: .since(4, 20),
    options: ["CONFIG_LLC_COLORING"],
    effects: [
      Effect("bad", xen417: .boots, xen420: .panics("'llc-colors' found, but LLC coloring is disabled")),
      Effect("bad-order", xen417: .boots, xen420: .unbooted("Debian's builds lack the option")),
      Effect("bad-range", xen417: .boots, xen420: .unbooted("Debian's builds lack the option")),
    ],
    explanation: """
      llc-colors gives a guest its share of the last-level cache. Xen stops with "'llc-colors' found, but LLC coloring \
      is disabled" unless its command line has llc-coloring=on, which needs a build with CONFIG_LLC_COLORING, and at a \
      list that is not ascending or names a colour that the cache does not have. A domain with static memory cannot \
      have colours.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard let value = subject.tree[guest, "llc-colors"] else { return nil }
      let name = subject.tree[guest].name
      let place = subject.place(guest, property: "llc-colors")
      let line = subject.commandLine
      guard line.usesCacheColours else {
        return Finding(
          "\(name) has llc-colors, but Xen's command line does not switch colouring on", at: place,
          hint: "add llc-coloring=on to xen,xen-bootargs")
      }
      guard let ranges = value.string.flatMap(NumberList.init), ranges.isAscending else {
        return Finding("llc-colors of \(name) is not an ascending list such as \"0-3,5\"", at: place)
      }
      if subject.has("xen,static-mem", guest) {
        return Finding("\(name) has static memory and llc-colors, which exclude each other", at: place)
      }
      guard let colours = colours(line), let last = ranges.last, last >= colours else { return nil }
      return Finding(
        "llc-colors of \(name) has colour \(last), but a cache of that size and those ways has \(colours), counted from 0",
        at: place)
    }
  }

  /// The number of colours, where the command line gives the cache: a colour for each page of one way.
  private static func colours(_ line: XenCommandLine) -> Int? {
    guard let size = line.value(of: "llc-size").flatMap(bytes),
      let ways = line.value(of: "llc-nr-ways").flatMap({ UInt64($0) }),
      ways > 0
    else { return nil }
    return Int(clamping: size / ways / 4096)
  }

  private static func bytes(_ text: String) -> UInt64? {
    let shift: UInt64 = text.lowercased().hasSuffix("m") ? 20 : text.lowercased().hasSuffix("k") ? 10 : 0
    guard let number = UInt64(shift > 0 ? text.dropLast() : text[...]), number < 1 << 32 else { return nil }
    return number << shift
  }
}
