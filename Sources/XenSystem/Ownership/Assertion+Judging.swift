// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
public import Diagnostics

extension Ownership {
  /// Holds a system to what its description asserts.
  ///
  /// - Parameter sentences: each with the place where it stands.
  /// - Returns: errors, `assertion-sentence` for what cannot be read and `assertion-failed` for what is not so.
  public func judge(_ sentences: [(text: String, place: Place)]) -> [Diagnostic] {
    guard !sentences.isEmpty else { return [] }
    let shares = sharing()
    return sentences.flatMap { sentence -> [Diagnostic] in
      do throws(Assertion.Fault) {
        return try judge(Assertion(sentence.text), at: sentence.place, shares)
      } catch {
        return [.error("assertion-sentence", error.message, at: sentence.place, hint: error.hint)]
      }
    }
  }

  private func judge(
    _ assertion: Assertion, at place: Place, _ shares: [Share]
  ) throws(Assertion.Fault) -> [Diagnostic] {
    switch assertion.claim {
    case .owns(let holder, let paths):
      let wanted = try owner(holder, in: assertion)
      return paths.compactMap { judge(assertion, wanted, owns: $0, at: place) }
    case .shareNone(let parties, let kinds):
      let broken: [Share]
      let who: String
      switch parties {
      case .two(let first, let second):
        let pair = (try index(first, in: assertion), try index(second, in: assertion))
        guard pair.0 != pair.1 else {
          throw Assertion.Fault(message: "`\(assertion.text)` cannot be read: it names \(first) twice", hint: nil)
        }
        broken = shares.filter { $0.joins(pair.0, pair.1) }
        who = "\(first) and \(second) share"
      case .oneWithAll(let name):
        let one = try index(name, in: assertion)
        broken = shares.filter { share in share.domains.contains { $0 != one && share.joins(one, $0) } }
        who = "\(name) shares"
      case .all:
        broken = shares
        who = "some domains share"
      }
      let found = broken.filter { kinds.contains($0.kind) }
      guard !found.isEmpty else { return [] }
      return [failure(assertion, who, found, at: place)]
    }
  }

  private func failure(_ assertion: Assertion, _ who: String, _ shares: [Share], at place: Place) -> Diagnostic {
    let list = shares.prefix(Self.named).map { "\($0.kind.rawValue) (\($0.what))" }.joined(separator: ", ")
    let more = shares.count > Self.named ? " and \(shares.count - Self.named) more" : ""
    var notes: [Diagnostic.Note] = []
    for share in shares.prefix(Self.named) {
      for (domain, place) in zip(share.domains, share.places).prefix(Self.named) {
        let note = Diagnostic.Note("\(domains[domain].name) shares \(share.kind.rawValue) by this", at: place)
        if place != Place(), !notes.contains(note) { notes.append(note) }
      }
    }
    return .error(
      "assertion-failed", "`\(assertion.text)` is not so: \(who) \(list)\(more)", at: place, notes: notes)
  }

  /// How many shares, and domains of each, a message names.
  private static let named = 4

  private func judge(_ assertion: Assertion, _ wanted: Owner?, owns path: String, at place: Place) -> Diagnostic? {
    guard let node = tree.node(atPathOrAlias: path) else {
      // Everything that has an owner may have been meant.
      let near = nearestName(to: path, among: devices.lazy.map { tree.path(of: $0.node) })
      return .error(
        "assertion-failed", "`\(assertion.text)` is not so: the host has no node \(path)", at: place,
        hint: near.map { "did you mean \($0)?" })
    }
    guard let device = device(at: node) else {
      return .error(
        "assertion-failed", "`\(assertion.text)` is not so: \(path) is no device, so it has no owner", at: place)
    }
    let isSo = wanted.map { $0 == device.owner } ?? !device.owner.isSomebody
    guard !isSo else { return nil }
    let truth: String
    if case .nobody(let reason) = device.owner {
      truth = "nobody owns \(path): \(reason.rawValue)"
    } else {
      truth = "\(name(of: device.owner)) owns \(path)"
    }
    return .error(
      "assertion-failed", "`\(assertion.text)` is not so: \(truth)", at: place,
      notes: [.init("by this", at: device.place)])
  }

  // MARK: Names

  /// Nil stands for nobody.
  private func owner(_ holder: Assertion.Holder, in assertion: Assertion) throws(Assertion.Fault) -> Owner? {
    switch holder {
    case .nobody: return nil
    case .xen: return .xen
    case .domain(let name): return .domain(try index(name, in: assertion))
    }
  }

  private func index(_ name: String, in assertion: Assertion) throws(Assertion.Fault) -> Int {
    if let index = domains.firstIndex(where: { $0.name == name }) { return index }
    let names = domains.map(\.name)
    throw Assertion.Fault(
      message: "`\(assertion.text)` cannot be read: no domain is called \(name)",
      hint: nearestName(to: name, among: names).map { "did you mean \($0)?" }
        ?? "the domains are \(names.joined(separator: ", "))")
  }
}

extension XenSystem {
  /// Who has what in this system.
  ///
  /// - Parameters:
  ///   - tree: the tree that a boot flow starts Xen with; without one, modules have no addresses.
  ///   - spots: what the loader keeps.
  /// - Throws: `Failure` when a property refers to a node that is not there.
  public func ownership(in tree: DeviceTree? = nil, spots: [Spot] = []) throws(Failure) -> Ownership {
    let final: DeviceTree
    if let tree { final = tree } else { final = try bootTree { _ in .address(0..<0) } }
    let file = host.file
    let trees = Dictionary(
      domains.filter { !$0.isDom0 }.map { ($0.name.value, $0.deviceTree) }, uniquingKeysWith: { $1 })
    return Ownership(
      of: final, version: hypervisor.release.version, dom0Name: dom0?.name.value ?? "dom0", spots: spots,
      fragment: { node in
        guard let module = trees[final[node].name] ?? nil, let blob = module.file,
          let fragment = try? DeviceTree(blob: blob.bytes)
        else { return nil }
        return Ownership.Fragment(file: blob.name, tree: fragment, location: module.location)
      },
      place: { node, property in final.place(of: node, property: property, file: file) })
  }

  /// What this system's description asserts and is not so.
  public func checkAssertions() -> [Diagnostic] {
    guard !assertions.isEmpty, let ownership = try? ownership() else { return [] }
    return ownership.judge(
      assertions.map { ($0.value, $0.location.map { Place($0) } ?? Place(file: host.file)) })
  }
}
