// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine

extension PassthroughPlanner {
  /// Copies a list of things that a device needs, each as its fate wants it, and the list of their names beside it.
  mutating func copyDependencies(
    _ dependencies: [Dependency], _ property: DeviceTree.Property, of node: DeviceTree.NodeID,
    to copy: DeviceTree.NodeID, _ plan: inout PassthroughPlan.Device
  ) {
    var fates: [(fate: PassthroughPlan.Fate, phandle: UInt32)] = []
    for dependency in dependencies {
      let decided = decide(dependency)
      fates.append(decided)
      plan.needs.append(
        PassthroughPlan.Need(
          user: tree.path(of: node), property: property.name, name: dependency.name, kind: dependency.kind.rawValue,
          provider: dependency.target.map { tree.path(of: $0) } ?? "", fate: decided.fate))
    }
    let names = Dependency.namesProperty(of: property.name)
    if fates.allSatisfy({ $0.fate.keepsEntry }) {
      fragment.set(property.name, PropertyValue(bytes: property.value.bytes), on: copy)
      if let names, let value = tree[node, names] {
        fragment.set(names, PropertyValue(bytes: value.bytes), on: copy)
      }
      return
    }
    // A mailbox's channel is a second need in the entry of its mailbox.
    var entries: [Int: Int] = [:]
    for (at, dependency) in dependencies.enumerated() where entries[dependency.index] == nil {
      entries[dependency.index] = at
    }
    let count = (entries.keys.max() ?? -1) + 1
    var original: [UInt32] = []
    var rebuilt: [UInt32] = []
    var kept: [Int] = []
    for index in 0..<count {
      guard let at = entries[index] else {
        // An entry that was left empty.
        original.append(0)
        rebuilt.append(0)
        kept.append(index)
        continue
      }
      let dependency = dependencies[at]
      original += [dependency.phandle] + dependency.specifier
      switch fates[at].fate {
      case .given, .copied: rebuilt += [fates[at].phandle] + dependency.specifier
      case .clock: rebuilt.append(fates[at].phandle)
      case .byXen, .needless, .dropped, .open: continue
      }
      kept.append(index)
    }
    guard !kept.allSatisfy({ entries[$0] == nil }) else { return }
    guard original == property.value.cells else {
      fail(
        "passthrough-choice",
        "the `\(property.name)` of \(tree.path(of: node)) cannot be taken apart, and part of what it names stays behind",
        at: place(node, property: property.name), hint: "leave it out with --drop \(property.name)")
      return
    }
    fragment.set(property.name, .cells(rebuilt), on: copy)
    if let names, let list = tree[node, names]?.strings {
      let left = kept.filter { $0 < list.count }.map { list[$0] } + list.dropFirst(count)
      if !left.isEmpty { fragment.set(names, .strings(left), on: copy) }
    }
  }

  /// What becomes of one thing that a device needs, and the phandle that it has in the fragment.
  private mutating func decide(_ dependency: Dependency) -> (fate: PassthroughPlan.Fate, phandle: UInt32) {
    let user = tree.path(of: dependency.user)
    if request.drops.contains(dependency.property) { return (.dropped, 0) }
    guard let target = dependency.target else {
      fail(
        "passthrough-choice",
        "the `\(dependency.property)` of \(user) names the phandle \(dependency.phandle), which no node has",
        at: place(dependency.user, property: dependency.property),
        hint: "leave it out with --drop \(dependency.property)")
      return (.open, 0)
    }
    if given.contains(target) { return (.given, dependency.phandle) }
    let provider = topology.device(of: target)
    if request.drops.contains(tree.path(of: provider)) || request.drops.contains(tree.path(of: target)) {
      return (.dropped, 0)
    }
    switch dependency.kind {
    case .iommu where !tree.isEnabled(provider): return (.needless("it is not in use on the host"), 0)
    case .iommu: return (.byXen, 0)
    case .clock where dependency.property != "clocks":
      return (.needless("it sets up a controller that the guest does not have"), 0)
    case .clock:
      if let rate = rate(of: dependency) { return (.clock(rate), fixedClock(dependency, rate)) }
      failForClock(dependency, target)
      return (.open, 0)
    default:
      if let phandle = copySimple(target) { return (.copied, phandle) }
      failForChoice(dependency, provider)
      return (.open, 0)
    }
  }

  private mutating func failForClock(_ dependency: Dependency, _ target: DeviceTree.NodeID) {
    let name = dependency.name.map { " (\($0))" } ?? ""
    let output = dependency.specifier.map { ":\($0)" }.joined()
    let key = dependency.name ?? tree.path(of: target) + output
    fail(
      "passthrough-clock",
      "\(tree.path(of: dependency.user)) needs clock \(dependency.index)\(name) of \(tree.path(of: target)), which stays with the host, and the tree does not say its rate",
      at: place(dependency.user, property: dependency.property),
      hint: "say the rate, as the host has it in /sys/kernel/debug/clk: --clock \(key)=HZ")
  }

  private mutating func failForChoice(_ dependency: Dependency, _ provider: DeviceTree.NodeID) {
    let path = tree.path(of: provider)
    let name = dependency.name.map { " (\($0))" } ?? ""
    var users = Set(graph.users(ofDevice: provider).map { topology.device(of: $0.user) })
    users.remove(topology.device(of: dependency.user))
    let others =
      switch users.count {
      case 0: "nothing else uses it"
      case 1: "\(tree.path(of: users.first ?? provider)) uses it too"
      default: "\(users.count) other devices use it"
      }
    fail(
      "passthrough-choice",
      "\(tree.path(of: dependency.user)) needs the \(dependency.kind.rawValue)\(name) \(path) by its `\(dependency.property)`; \(others)",
      at: place(dependency.user, property: dependency.property),
      hint: "give it too, or do without: --drop \(path)")
  }

  // MARK: Clocks

  /// The rate that a clock has as far as a person or the tree says it.
  private func rate(of dependency: Dependency) -> UInt64? {
    guard let target = dependency.target else { return nil }
    let path = tree.path(of: target)
    let output = path + dependency.specifier.map { ":\($0)" }.joined()
    for key in [output, path, dependency.name ?? ""] {
      if let rate = request.clockRates[key] { return rate }
    }
    return assignedRate(dependency) ?? treeRate(target, depth: 0)
  }

  /// What the device asks its clock to be set to.
  private func assignedRate(_ dependency: Dependency) -> UInt64? {
    guard let rates = tree[dependency.user, "assigned-clock-rates"]?.cells else { return nil }
    let assigned = graph.needs(of: dependency.user).filter { $0.property == "assigned-clocks" }
    for clock in assigned where clock.target == dependency.target && clock.specifier == dependency.specifier {
      if clock.index < rates.count, rates[clock.index] != 0 { return UInt64(rates[clock.index]) }
    }
    return nil
  }

  /// The rate of a clock that cannot change.
  private func treeRate(_ clock: DeviceTree.NodeID, depth: Int) -> UInt64? {
    let compatible = tree[clock, "compatible"]?.strings ?? []
    if compatible.contains("fixed-clock") { return tree[clock, "clock-frequency"]?.cell.map(UInt64.init) }
    guard compatible.contains("fixed-factor-clock"), depth < 16,
      let parent = graph.needs(of: clock).first(where: { $0.property == "clocks" })?.target,
      let rate = treeRate(parent, depth: depth + 1), let factor = tree[clock, "clock-mult"]?.cell,
      let divisor = tree[clock, "clock-div"]?.cell, divisor != 0
    else { return nil }
    let (product, overflow) = rate.multipliedReportingOverflow(by: UInt64(factor))
    return overflow ? nil : product / UInt64(divisor)
  }

  /// A clock of that rate, made once for each that it stands for.
  private mutating func fixedClock(_ dependency: Dependency, _ rate: UInt64) -> UInt32 {
    let path = dependency.target.map { tree.path(of: $0) } ?? ""
    let key = "\(path) \(dependency.specifier) \(rate)"
    if let made = substitutes[key] { return made }
    let shelf = shelf("clocks")
    let number = fragment.children(of: shelf).reduce(0) { count, _ in count + 1 }
    let node = fragment.addChild("clock@\(String(number, radix: 16))", to: shelf)
    let phandle = freshPhandle()
    fragment.set("compatible", .string("fixed-clock"), on: node)
    fragment.set("reg", .cell(UInt32(number)), on: node)
    fragment.set("#clock-cells", .cell(0), on: node)
    fragment.set("clock-frequency", .cell(UInt32(clamping: rate)), on: node)
    // Without it Linux calls each clock `clock`, and refuses the second one of that name.
    fragment.set("clock-output-names", .string("passthrough-clock-\(number)"), on: node)
    fragment.set("phandle", .cell(phandle), on: node)
    substitutes[key] = phandle
    return phandle
  }

  /// A node that holds what has no registers. It is a bus with addresses of its own, which dtc wants of everything on a bus.
  private mutating func shelf(_ name: String) -> DeviceTree.NodeID {
    if let shelf = shelves[name] { return shelf }
    let shelf = fragment.addChild(name, to: bus)
    fragment.set("compatible", .string("simple-bus"), on: shelf)
    fragment.set("#address-cells", .cell(1), on: shelf)
    fragment.set("#size-cells", .cell(0), on: shelf)
    shelves[name] = shelf
    return shelf
  }

  // MARK: Simple things

  private static let simple: Set<String> = ["regulator-fixed", "usb-nop-xceiv"]

  /// Copies what has no registers and needs nothing: a voltage that is always there, a transceiver without software.
  private mutating func copySimple(_ target: DeviceTree.NodeID) -> UInt32? {
    let path = tree.path(of: target)
    if let made = substitutes[path] { return made }
    guard tree[target, "compatible"]?.strings?.contains(where: Self.simple.contains) ?? false,
      graph.needs(of: target).isEmpty, tree[target, "reg"] == nil,
      !tree.children(of: target).contains(where: { _ in true })
    else { return nil }
    let shelf = shelf("supplies")
    let number = fragment.children(of: shelf).reduce(0) { count, _ in count + 1 }
    let copy = fragment.addChild("\(tree[target].baseName)@\(String(number, radix: 16))", to: shelf)
    for property in tree[target].properties where !["phandle", "linux,phandle", "status"].contains(property.name) {
      fragment.set(property.name, PropertyValue(bytes: property.value.bytes), on: copy)
    }
    fragment.set("reg", .cell(UInt32(number)), on: copy)
    let phandle = freshPhandle()
    fragment.set("phandle", .cell(phandle), on: copy)
    substitutes[path] = phandle
    return phandle
  }
}
