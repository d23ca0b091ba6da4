// SPDX-License-Identifier: Apache-2.0
import DeviceTree

// A label names one place.
extension TreeCheck {
  static let labels = [
    TreeCheck("duplicate_label", .error, "a label stands at one place only") { run in
      guard run.mayRepeatLabels() else { return }
      let places = run.labelPlaces()
      let owners = owners(places)
      for (label, place) in places {
        guard let owner = owners[label], owner != place else { continue }
        run.report(place.node, "Duplicate label '\(label)' on \(run.describe(place)) and \(run.describe(owner))")
      }
    }
  ]

  /// The place to which each label belongs: a node before a property, and that before a place in a value.
  private static func owners(_ places: [(label: String, place: LabelPlace)]) -> [String: LabelPlace] {
    var owners: [String: LabelPlace] = [:]
    owners.reserveCapacity(places.count)
    for rank in 0...2 {
      for (label, place) in places where place.rank == rank && owners[label] == nil { owners[label] = place }
    }
    return owners
  }
}

private enum LabelPlace: Hashable {
  case node(Int32)
  case property(PropertyRef)
  /// In a value: the mark of that number.
  case value(PropertyRef, mark: Int)

  var node: Int32 {
    switch self {
    case .node(let node): node
    case .property(let property), .value(let property, _): property.node
    }
  }

  var rank: Int {
    switch self {
    case .node: 0
    case .property: 1
    case .value: 2
    }
  }
}

extension Inspection {
  /// Whether a closer look is needed: not where only nodes bear labels, as many as there are different ones.
  fileprivate mutating func mayRepeatLabels() -> Bool {
    properties.hasLabels || order.reduce(0) { $0 + tree.nodes[Int($1)].labels.count } != labels.count
  }

  fileprivate func labelPlaces() -> [(label: String, place: LabelPlace)] {
    var places: [(label: String, place: LabelPlace)] = []
    for node in order {
      for label in tree.nodes[Int(node)].labels { places.append((label, .node(node))) }
      for slot in 0..<Int32(truncatingIfNeeded: properties.count(of: node)) {
        let property = PropertyRef(node: node, slot: slot)
        for label in self[property].labels { places.append((label, .property(property))) }
        for mark in self[property].value.marks.indices {
          guard case .label(let label) = self[property].value.marks[mark].kind else { continue }
          places.append((label, .value(property, mark: mark)))
        }
      }
    }
    return places
  }

  fileprivate func describe(_ place: LabelPlace) -> FindingText {
    switch place {
    case .node(let node): "\(path: node)"
    case .property(let property): "'\(self[property].name)' in \(path: property.node)"
    case .value(let property, _): "value of '\(self[property].name)' in \(path: property.node)"
    }
  }
}
