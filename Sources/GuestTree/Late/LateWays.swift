// SPDX-License-Identifier: Apache-2.0
public import FlattenedTree

// Late values are brought into a tree in four ways, and all four give the same bytes: given when the tree is made
// (`Guest.lateValues`), overwritten in place, inserted into a blob that lacks their properties, and written as a source.
extension GuestTree {
  /// Writes late values over the zeros or first choices in a blob of this tree. Nothing moves, and nothing is written when
  /// this throws.
  ///
  /// - Throws: what is wrong with the blob; `noSuchProperty` or `lengthDiffers` when it is not one of this tree.
  public func overwrite(_ values: [LateValue], in blob: inout [UInt8]) throws(FlattenedTreeError) {
    let lateProperties = lateProperties
    let places = try Self.places(of: lateProperties, in: blob)
    var writes: [(offset: Int, bytes: [UInt8])] = []
    for (property, place) in zip(lateProperties, places) where property.needs(values) {
      guard let place else { throw FlattenedTreeError(.noSuchProperty, at: 0) }
      guard place.count == property.value.count else {
        throw FlattenedTreeError(.lengthDiffers, at: place.lowerBound)
      }
      for hole in property.holes {
        guard let value = values.last(where: { $0.name == hole.name }) else { continue }
        writes.append((place.lowerBound + hole.offset, value.bytes))
      }
    }
    for write in writes {
      for (index, byte) in write.bytes.enumerated() { blob[write.offset + index] = byte }
    }
  }

  /// Inserts the properties of late values into a blob of this tree that was made without them.
  ///
  /// - Parameters:
  ///   - values: the values.
  ///   - blob: laid out as ``BlobLayout/standard``; what is returned is as well.
  /// - Returns: the blob with the properties where they belong; those that it has already get the values.
  public func inserting(_ values: [LateValue], into blob: [UInt8]) throws(FlattenedTreeError) -> [UInt8] {
    let tree = try FlattenedTree(blob.span)
    var events = tree.events()
    var writer = FlattenedTreeWriter(version: platform.blob.version)
    for reservation in Self.reservations(layout, platform) { try writer.reserve(reservation) }
    var path = OpenPath()
    var rest = lateProperties[...]
    /// For each open node, how many properties it has had and whether a child has begun.
    var open: [(properties: Int, isPastProperties: Bool)] = []

    /// Inserts what belongs before the property `name`, or before the end of the properties.
    func insert(
      _ writer: inout FlattenedTreeWriter, before name: [UInt8]?
    ) throws(FlattenedTreeError) {
      guard let last = open.indices.last, !open[last].isPastProperties else { return }
      while let next = rest.first, next.path == path.bytes, next.name != name,
        name == nil || next.position <= open[last].properties
      {
        rest.removeFirst()
        // One without a value is missed, but keeps its place.
        open[last].properties += 1
        guard next.needs(values) else { continue }
        let value = next.value(with: values)
        unsafe try writer.property(next.name.span.bytes, value.span.bytes)
      }
    }

    while let event = try events.next() {
      switch event {
      case .beginNode(let name):
        try insert(&writer, before: nil)
        if let last = open.indices.last { open[last].isPastProperties = true }
        path.begin(name)
        try writer.beginNode(name.bytes)
        open.append((0, false))
      case .property(let property):
        let name: [UInt8] = unsafe property.name.bytes.withUnsafeBytes { unsafe Array($0) }
        try insert(&writer, before: name)
        if let next = rest.first, next.path == path.bytes, next.name == name {
          rest.removeFirst()
          let value = next.value(with: values)
          unsafe try writer.property(property.name.bytes, value.span.bytes)
        } else {
          try writer.property(property.name.bytes, property.value.bytes)
        }
        if let last = open.indices.last { open[last].properties += 1 }
      case .endNode:
        try insert(&writer, before: nil)
        path.end()
        try writer.endNode()
        _ = open.popLast()
      }
    }
    return try writer.finish(FlattenedTree.Layout(alignment: platform.blob.alignment))
  }

  /// Where late values are in the blob.
  func lateSlots() -> [GuestPlan.LateSlot] {
    holes.map { hole in
      let bytes = blob[hole.place..<(hole.place + hole.name.size)]
      return GuestPlan.LateSlot(
        name: hole.name, offset: hole.place,
        isKnown: guest.lateValues.contains { $0.name == hole.name } || bytes.contains { $0 != 0 })
    }
  }

  /// Where the values of properties are, found in one pass: they stand in the order of the tree.
  static func places(
    of properties: [LateProperty], in blob: [UInt8]
  ) throws(FlattenedTreeError) -> [Range<Int>?] {
    let tree = try FlattenedTree(blob.span)
    var events = tree.events()
    var result: [Range<Int>?] = []
    var path = OpenPath()
    while let event = try events.next() {
      guard result.count < properties.count else { break }
      switch event {
      case .beginNode(let name):
        path.begin(name)
      case .property(let property):
        // Properties that the blob lacks are passed over when a later one is found.
        guard properties[result.count].path == path.bytes, property.name.hasBytes(properties[result.count].name) else {
          continue
        }
        result.append(property.value.offset..<(property.value.offset + property.value.count))
      case .endNode:
        path.end()
      }
    }
    result += Array(repeating: nil, count: properties.count - result.count)
    return result
  }
}
