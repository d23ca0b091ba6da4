// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics
internal import SystemFiles
internal import XenFacts
internal import XenSystem

struct TreeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tree", abstract: "Show the device tree that a domain will find.",
    discussion: """
      dom0 finds a filtered copy of the host's tree, a guest one that Xen makes. What Xen decides only when it boots is marked with \
      the reason. With --diff the tree is compared with what another Xen would give the domain, or with another domain's.
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case dts, dtb }

  @Argument(help: ArgumentHelp("The system.", valueName: "system"))
  var files: [String]

  @Option(help: ArgumentHelp("Whose tree; may be left out when there is one domain.", valueName: "name"))
  var domain: String?

  @Option(name: .customLong("target"), help: "How Xen is started: qemu, uboot or uefi.")
  var target = Target.qemu

  enum Target: String, CaseIterable, ExpressibleByArgument {
    case qemu, uboot, uefi

    var flow: Flow {
      switch self {
      case .qemu: .direct
      case .uboot: .uBoot
      case .uefi: .uefi
      }
    }
  }

  @Option(help: ArgumentHelp("A version of Xen, or a domain, to compare with.", valueName: "version|name"))
  var diff: String?

  @Option(help: "How to print the tree: dts or dtb.")
  var format = Format.dts

  @OptionGroup var options: SystemOptions
  @OptionGroup var modules: ModuleOptions

  func run() throws {
    let loaded = try options.load(files, modules: modules)
    var system = loaded.system
    let index = try index(of: domain, in: system)
    warnOfUnknownNodes(of: system.domains[index])
    let tree = try predict(index, system, loaded.sources)
    guard let diff else {
      try print(tree)
      return
    }
    var other = index
    if let version = XenVersion(diff) {
      system.hypervisor.release.version = version
    } else {
      other = try self.index(of: diff, in: system)
    }
    let second = try predict(other, system, loaded.sources)
    for difference in tree.tree.differences(to: second.tree) { Output.result(difference.lines) }
  }

  /// A finished tree says where a partial tree is, not what is in it.
  private func warnOfUnknownNodes(of domain: Domain) {
    guard let module = domain.deviceTree, module.file == nil, let address = module.address else { return }
    Output.diagnostics(
      [
        .warning(
          "no-prediction",
          "\(domain.name.value) finds the nodes of its partial device tree too, which are not shown: nobody said what it holds",
          at: module.location.map { Place($0) } ?? Place(file: files[0]),
          hint: "give --module \(hex(address.value))=FILE")
      ], sources: [])
  }

  private func index(of name: String?, in system: XenSystem) throws -> Int {
    if let name { return try system.index(ofDomain: name) }
    guard system.domains.count == 1 else {
      Output.error("grove: name a domain with --domain: there are \(system.domainList)\n")
      throw ExitCode(2)
    }
    return 0
  }

  private func predict(_ index: Int, _ system: XenSystem, _ sources: [SourceText]) throws -> PredictedTree {
    try Output.reporting(files[0], sources: sources) { try system.predictedTree(of: index, flow: target.flow) }
  }

  private func print(_ predicted: PredictedTree) throws {
    switch format {
    case .dtb:
      Output.result(try Output.reporting(files[0]) { try predicted.tree.blob() })
    case .dts:
      var style = SourceStyle()
      for value in predicted.open {
        style.remarks[value.node, default: [:]][value.property ?? ""] = "decided at boot: \(value.reason)"
      }
      Output.result(predicted.tree.sourceText(style))
    }
  }
}

extension DeviceTree.Difference {
  /// One line for what was there, one for what is there instead.
  fileprivate var lines: String {
    guard let property else { return "\(kind == .added ? "+" : "-") \(node) {…}\n" }
    func line(_ sign: String, _ value: PropertyValue?) -> String {
      guard let value else { return "" }
      let text = value.sourceText()
      return "\(sign) \(node):\(property)\(text.isEmpty ? "" : " = \(text)")\n"
    }
    return line("-", old) + line("+", new)
  }
}
