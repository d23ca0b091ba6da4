// SPDX-License-Identifier: Apache-2.0

/// What of a guest's tree the toolstack has to know.
struct TreeFacts {
  /// Whether the guest expects the UART that Xen emulates.
  private(set) var hasUART = false

  /// - Throws: when these bytes are no tree: such a guest would never print a word.
  init(_ blob: [UInt8]) throws(Failure) {
    do throws(FlattenedTreeError) {
      let tree = try FlattenedTree(blob.span)
      var events = tree.events()
      while let event = try events.next() {
        guard case .property(let property) = event, property.name == "compatible" else { continue }
        if property.value.contains("arm,sbsa-uart") { hasUART = true }
      }
    } catch {
      throw Failure("the bundle's tree is no flattened device tree")
    }
  }
}
