// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics

// The last-level cache and its colours (docs/misc/cache-coloring.rst).
extension Ownership {
  /// Who has which part of the cache with whom: all of it, unless colours divide it.
  func cacheShares() -> [Share] {
    guard commandLine.usesCacheColours else {
      var all: [Int: Place] = [:]
      for (index, domain) in domains.enumerated() { all[index] = domain.place }
      return [share("the last-level cache, which has no colours", all)].compactMap { $0 }
    }
    // The ends of all ranges, so that no colour has to be looked at by itself.
    var events: [(at: Int, domain: Int, isBegin: Bool)] = []
    for index in domains.indices {
      for range in colours(of: index) {
        events.append((range.lowerBound, index, true))
        if range.upperBound < .max { events.append((range.upperBound + 1, index, false)) }
      }
    }
    events.sort { ($0.at, $0.isBegin ? 1 : 0, $0.domain) < ($1.at, $1.isBegin ? 1 : 0, $1.domain) }
    var result: [Share] = []
    // How often each domain has the colour, as a list may name one twice.
    var present: [Int: Int] = [:]
    for (index, event) in events.enumerated() {
      let count = (present[event.domain] ?? 0) + (event.isBegin ? 1 : -1)
      present[event.domain] = count > 0 ? count : nil
      let next = index + 1 < events.count ? events[index + 1].at : Int.max
      guard next > event.at, present.count > 1 else { continue }
      let users = present.keys.sorted()
      let last = next == .max ? "on" : "to \(next - 1)"
      let what = next - 1 == event.at ? "colour \(event.at)" : "colours \(event.at) \(last)"
      result.append(Share(.cache, what, users, places: users.map(colourPlace)))
      // A list of thousands of pieces tells no more than its beginning.
      guard result.count < 64 else { break }
    }
    return result
  }

  private func share(_ what: String, _ parts: [Int: Place]) -> Share? {
    guard parts.count > 1 else { return nil }
    let sorted = parts.sorted { $0.key < $1.key }
    return Share(.cache, what, sorted.map(\.key), places: sorted.map(\.value))
  }

  /// All colours unless the domain has a list that can be read.
  private func colours(of domain: Int) -> [ClosedRange<Int>] {
    let text =
      domains[domain].node.map { tree[$0, "llc-colors"]?.string } ?? commandLine.value(of: "dom0-llc-colors")
    return text.flatMap(NumberList.init)?.ranges ?? [0...Int.max]
  }

  private func colourPlace(_ domain: Int) -> Place {
    domains[domain].node.map { place($0, "llc-colors") } ?? domains[domain].place
  }
}
