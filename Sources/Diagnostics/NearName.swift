// SPDX-License-Identifier: Apache-2.0

/// The known name that a person most likely meant, or nil when none is near.
///
/// Two names are near when few letters have to be changed, added, dropped or swapped: one in a short name, a third of a long one.
public func nearestName<Names: Sequence<String>>(to name: String, among names: Names) -> String? {
  let wanted = Array(name.unicodeScalars)
  guard wanted.count <= 64 else { return nil }
  var best: (name: String, distance: Int)?
  for candidate in names {
    let length = candidate.unicodeScalars.count
    let limit = max(1, max(wanted.count, length) / 3)
    // Each letter that one has more must be dropped.
    guard abs(length - wanted.count) <= limit else { continue }
    let distance = editDistance(wanted, Array(candidate.unicodeScalars))
    guard distance <= limit else { continue }
    if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
  }
  return best?.name
}

private func editDistance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
  if first.isEmpty || second.isEmpty { return max(first.count, second.count) }
  var beforePrevious: [Int] = []
  var previous = Array(0...second.count)
  for i in 1...first.count {
    var current = [i]
    for j in 1...second.count {
      let change = previous[j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1)
      var distance = min(change, previous[j] + 1, current[j - 1] + 1)
      if i > 1, j > 1, first[i - 1] == second[j - 2], first[i - 2] == second[j - 1] {
        distance = min(distance, beforePrevious[j - 2] + 1)
      }
      current.append(distance)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[second.count]
}
