// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// A label names one place.
extension TreeCheck {
  static let labels: InlineArray<_, TreeCheck> = [
    TreeCheck(.duplicateLabel, "duplicate_label", demands: "a label stands at one place only") { run in
      guard run.mayRepeatLabels() else { return }
      let places = run.labelPlaces()
      let owners = owners(places)
      for (label, place) in places {
        guard let owner = owners[label], owner != place else { continue }
        let (here, there) = (run.describe(place), run.describe(owner))
        run.report(place.node, "Duplicate label '\(label)' on \(here) and \(there)")
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
  fileprivate func mayRepeatLabels() -> Bool { properties.hasLabels || labelCount != differentLabelCount }

  fileprivate func labelPlaces() -> [(label: String, place: LabelPlace)] {
    var places: [(label: String, place: LabelPlace)] = []
    func add(_ list: Int32, _ place: LabelPlace, _ tree: borrowing CompactTree) {
      var label = list
      while label >= 0 {
        places.append((tree.names[tree.labels[label].name], place))
        label = tree.labels[label].next
      }
    }
    for node in order {
      add(tree.nodes[node].firstLabel, .node(node), tree)
      for slot in properties.slots(of: node) {
        let property = properties.property(at: slot)
        add(tree.properties[property.index].firstLabel, .property(property), tree)
        let first = tree.properties[property.index].firstMark
        for mark in first..<first + tree.properties[property.index].markCount
        where tree.marks[mark].kind == .label {
          places.append((tree.names[tree.marks[mark].name], .value(property, mark: Int(mark))))
        }
      }
    }
    return places
  }

  fileprivate func describe(_ place: LabelPlace) -> FindingText {
    switch place {
    case .node(let node): "\(path: node)"
    case .property(let property): "'\(name(of: property))' in \(path: property.node)"
    case .value(let property, _): "value of '\(name(of: property))' in \(path: property.node)"
    }
  }
}
