// SPDX-License-Identifier: Apache-2.0
public import Diagnostics

/// A device tree overlay: a tree of fragments, each of which names a node of a base tree and holds what is
/// to be merged into it.
///
/// It is taken in the form that a compiler gives it (`dtc -@`, for a source with `/plugin/;`): fragments are
/// nodes of the root with a `target` or `target-path` and the node `__overlay__`; `__fixups__` says where
/// phandles of the base belong, `__local_fixups__` where phandles of the overlay stand, and `__symbols__`
/// names its labels.
public struct Overlay: Sendable {
  /// The overlay as it was read, with nothing left to be resolved by ``DeviceTree/resolveReferences(keepingReferences:)``.
  public var tree: DeviceTree
  /// What messages call it.
  public var file: String

  public init(_ tree: DeviceTree, file: String) {
    self.tree = tree
    self.file = file
  }
}

extension DeviceTree {
  /// Applies overlays, one after the other: each finds what the ones before it have added.
  ///
  /// The result is that of `fdtoverlay` of dtc 1.8, down to the order of nodes and properties: what an
  /// overlay adds to a node stands before what the node has, the newest first. The overlay's phandles are
  /// numbered on from the largest in the tree, but a node that is there keeps its own. A name without unit
  /// address in a target path, or of a node in a fragment, stands for the first node of that name with any
  /// unit address.
  ///
  /// Labels of the overlays are entered into `/__symbols__`; ``adoptSymbols()`` gives them to the nodes.
  ///
  /// The time taken is linear in the size of the tree and the overlays together.
  ///
  /// - Parameters:
  ///   - overlays: what to apply, in order.
  ///   - file: what messages call this tree.
  /// - Returns: warnings.
  /// - Throws: everything that is wrong with any of the overlays, up to a hundred errors. The tree is then
  ///   left as it was.
  @discardableResult
  public mutating func apply(_ overlays: [Overlay], file: String? = nil) throws(Failure) -> [Diagnostic] {
    var application = OverlayApplication(to: self, file: file)
    for overlay in overlays { application.apply(overlay) }
    guard !application.report.hasErrors else { throw Failure(application.report.diagnostics) }
    self = application.finish()
    return application.report.diagnostics
  }

  /// Applies one overlay. See ``apply(_:file:)``.
  ///
  /// - Parameters:
  ///   - overlay: the overlay as it was read.
  ///   - name: what messages call it.
  @discardableResult
  public mutating func apply(overlay: DeviceTree, named name: String) throws(Failure) -> [Diagnostic] {
    try apply([Overlay(overlay, file: name)])
  }
}
