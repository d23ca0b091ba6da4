// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import DeviceTree
internal import DeviceTreeSource
internal import FlattenedTree
internal import GuestTree
internal import SystemFiles

struct GuestTreeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tree", abstract: "Write the tree of a guest.",
    discussion: "A blob when OUT ends in .dtb or --format says so, otherwise a source.")

  enum BlobLayout: String, CaseIterable, ExpressibleByArgument { case standard, libfdt }

  @OptionGroup var guest: GuestOptions

  @OptionGroup var output: TreeOutput

  @Option(
    name: .customLong("layout"), help: "How a blob is laid out: standard, or libfdt for a toolstack's very bytes.")
  var blobLayout = BlobLayout.standard

  @Option(
    name: .customLong("tree-version"),
    help: ArgumentHelp(
      "The version of the blob's format: 1, 2, 3, 16 or 17. Without it, the platform's.", valueName: "number"))
  var treeVersion: UInt32?

  func validate() throws {
    guard let treeVersion else { return }
    if FlattenedTree.Version(rawValue: treeVersion) == nil {
      throw ValidationError("--tree-version is 1, 2, 3, 16 or 17, not \(treeVersion)")
    }
    if blobLayout == .libfdt { throw ValidationError("--layout libfdt is version 17 and no other") }
  }

  func run() throws {
    var loaded = try guest.load()
    // The tree's size shows in what is loaded where, so the guest is planned with it.
    if let version = treeVersion.flatMap({ FlattenedTree.Version(rawValue: $0) }) {
      loaded.platform.blob.version = version
    }
    try Output.reporting(guest.file, sources: loaded.sources) {
      let plan = try loaded.plan(blobLayout: blobLayout == .libfdt ? .libfdt : .standard)
      try output.write(blob: { plan.tree.blob }, source: { try DeviceTree(blob: plan.tree.blob).sourceText() })
    }
  }
}
