// SPDX-License-Identifier: Apache-2.0

/// The least time of one call of each body, in seconds. The bodies take turns, so that what else the machine does meets all of
/// them alike.
func leastTimes(_ bodies: [() throws -> Int]) throws -> [Double] {
  let clock = ContinuousClock()
  var counts: [Int] = []
  // As many calls at a time as take about a fifth of a millisecond.
  for body in bodies {
    var count = 1
    while true {
      let before = clock.now
      for _ in 0..<count { used &+= try body() }
      if clock.now - before > .microseconds(200) || count > 1 << 20 { break }
      count *= 2
    }
    counts.append(count)
  }
  var least = [Double](repeating: .infinity, count: bodies.count)
  let start = clock.now
  var rounds = 0
  while rounds < 20 || (rounds < 2000 && clock.now - start < .milliseconds(400)) {
    rounds += 1
    for (index, body) in bodies.enumerated() {
      let before = clock.now
      for _ in 0..<counts[index] { used &+= try body() }
      let elapsed = (clock.now - before).components
      let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
      least[index] = min(least[index], seconds / Double(counts[index]))
    }
  }
  return least
}

/// What all bodies gave: kept, so that no call is left out.
nonisolated(unsafe) var used = 0

func microseconds(_ seconds: Double) -> String {
  let tenths = Int(seconds * 1e8 + 0.5)
  let fraction = tenths % 100
  return tenths >= 10_000 ? "\(tenths / 100)" : "\(tenths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
}

func ratio(_ value: Double) -> String {
  let hundredths = Int(value * 100 + 0.5)
  let fraction = hundredths % 100
  return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
}

extension String {
  func padded(_ size: Int) -> String { self + String(repeating: " ", count: max(size - count, 0)) }
  func right(_ size: Int) -> String { String(repeating: " ", count: max(size - count, 0)) + self }
}
