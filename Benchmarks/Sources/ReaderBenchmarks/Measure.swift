// SPDX-License-Identifier: Apache-2.0

/// The median time of one call, and what every call returned.
struct Measurement {
  var seconds: Double
  var result: UInt64

  /// Calls `body` at least five times and until half a second has gone by, at most 2000 times.
  init(_ body: () throws -> UInt64) rethrows {
    let clock = ContinuousClock()
    var times: [Double] = []
    var result = try body()
    let start = clock.now
    while times.count < 5 || (times.count < 2000 && clock.now - start < .milliseconds(500)) {
      let before = clock.now
      result = try body()
      let elapsed = (clock.now - before).components
      times.append(Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
    }
    self.seconds = times.sorted()[times.count / 2]
    self.result = result
  }
}

func check(_ name: String, _ ours: UInt64, _ theirs: UInt64) {
  if ours != theirs { fatalError("\(name): we come to \(ours), libfdt to \(theirs)") }
}

/// A line for what both sides did and came to the same result with.
func compare(_ name: String, _ ours: Measurement, _ theirs: Measurement) {
  check(name, ours.result, theirs.result)
  row(name, ours.seconds, theirs.seconds)
}

/// One line of the table: what was done, our time, libfdt's, and how often ours fits into theirs.
func row(_ name: String, _ ours: Double, _ theirs: Double?) {
  let columns = [
    name.padded(to: 44, right: false), duration(ours).padded(to: 12, right: true),
    (theirs.map { duration($0) } ?? "").padded(to: 12, right: true),
    (theirs.map { decimal($0 / ours) + " x" } ?? "").padded(to: 12, right: true),
  ]
  print(columns.joined())
}

func heading(_ title: String) {
  print("\n" + title.padded(to: 44, right: false) + "       Grove      libfdt       ratio")
}

private func duration(_ seconds: Double) -> String {
  switch seconds {
  case 1...: decimal(seconds) + " s"
  case 1e-3...: decimal(seconds * 1e3) + " ms"
  case 1e-6...: decimal(seconds * 1e6) + " us"
  default: decimal(seconds * 1e9) + " ns"
  }
}

/// Three significant digits or all before the point.
private func decimal(_ number: Double) -> String {
  if number >= 100 { return "\(Int(number.rounded()))" }
  let scale: Double = number >= 10 ? 10 : 100
  let whole = Int((number * scale).rounded())
  let fraction = "\(whole % Int(scale))"
  let zeros = String(repeating: "0", count: (number >= 10 ? 1 : 2) - fraction.count)
  return "\(whole / Int(scale)).\(zeros)\(fraction)"
}

extension String {
  fileprivate func padded(to width: Int, right: Bool) -> String {
    let space = String(repeating: " ", count: max(width - count, 0))
    return right ? space + self : self + space
  }
}
