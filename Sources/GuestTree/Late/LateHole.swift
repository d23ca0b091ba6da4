// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

/// Where a late value is in a blob.
struct LateHole: Sendable {
  var name: LateName
  /// The value of its property.
  var property: Range<Int>
  /// Its first byte in that value.
  var offset: Int

  var place: Int { property.lowerBound + offset }
}

extension GuestTree {
  /// Properties whose values may be known only later, in the order in which they stand.
  public var lateProperties: [LateProperty] { Self.lateProperties(holes, in: blob) }

  static func lateProperties(_ holes: [LateHole], in blob: [UInt8]) -> [LateProperty] {
    var result: [LateProperty] = []
    var rest = holes[...]
    var path = OpenPath()
    // How many properties the open nodes have had.
    var counts: [Int] = []
    // The blob is our own, and a fault in it would end the list there.
    guard !rest.isEmpty, let tree = try? FlattenedTree(blob.span) else { return [] }
    var events = tree.events()
    while let first = rest.first, let event = try? events.next() {
      switch event {
      case .beginNode(let name):
        path.begin(name)
        counts.append(0)
      case .endNode:
        path.end()
        _ = counts.popLast()
      case .property(let property):
        guard let position = counts.popLast() else { continue }
        counts.append(position + 1)
        guard property.value.offset == first.property.lowerBound else { continue }
        let own = rest.prefix { $0.property == first.property }
        rest.removeFirst(own.count)
        result.append(
          LateProperty(
            path: path.bytes, position: position,
            name: unsafe property.name.bytes.withUnsafeBytes { unsafe Array($0) }, value: property.value.array,
            holes: own.map { LateProperty.Hole(name: $0.name, offset: $0.offset) }))
      }
    }
    return result
  }

  /// Where late values are in a blob that more was added to.
  static func holes(of properties: [LateProperty], in blob: [UInt8]) throws(FlattenedTreeError) -> [LateHole] {
    var result: [LateHole] = []
    for (property, place) in zip(properties, try places(of: properties, in: blob)) {
      guard let place else { continue }
      for hole in property.holes { result.append(LateHole(name: hole.name, property: place, offset: hole.offset)) }
    }
    return result
  }

  /// Puts what late values most likely become, the plan's own, where zeros were written for them.
  static func settle(_ blob: inout [UInt8], _ holes: [LateHole], _ layout: GuestLayout, given: [LateValue]) {
    for hole in holes {
      guard let number = layout.number(of: hole.name), !given.contains(where: { $0.name == hole.name }) else {
        continue
      }
      blob.put(number: number, at: hole.place)
    }
  }

  /// Writes reservations over those that a blob was made with, of which there were as many.
  static func settle(_ blob: inout [UInt8], reservations: [FlattenedTree.Reservation]) {
    let start = Int(blob.word(at: 16))
    for (index, reservation) in reservations.enumerated() {
      blob.put(number: reservation.address, at: start + 16 * index)
      blob.put(number: reservation.size, at: start + 16 * index + 8)
    }
  }
}

extension GuestLayout {
  /// What a late value becomes when the loader does as the plan says; nil for what the plan does not know.
  func number(of name: LateName) -> UInt64? {
    switch name {
    case .ramdiskStart: ramdisk?.lowerBound
    case .ramdiskEnd: ramdisk?.upperBound
    case .sharedInfoPage: address(of: .sharedInfo)
    case .startInfoPage: address(of: .startInfo)
    case .consolePage: address(of: .console)
    case .storePage: address(of: .store)
    case .domain, .consolePort, .storePort, .randomSeed: nil
    }
  }
}
