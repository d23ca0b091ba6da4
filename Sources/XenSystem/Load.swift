// SPDX-License-Identifier: Apache-2.0
internal import BootImages
public import XenFacts

/// Names a module of a system.
public struct ModuleID: Hashable, Sendable {
  /// The index of the domain in `XenSystem.domains`; nil for the XSM policy.
  public var domain: Int?
  public var kind: ModuleKind

  public init(domain: Int?, kind: ModuleKind) {
    self.domain = domain
    self.kind = kind
  }
}

/// One copy of a file in memory, and the modules that it serves.
public struct Load: Sendable {
  public var users: [ModuleID]
  public var module: Module
  /// `domA's kernel vmlinuz`, for messages.
  public var title: String
}

extension XenSystem {
  /// Every module in the order of the tree.
  public var modules: [(id: ModuleID, module: Module)] {
    var all: [(id: ModuleID, module: Module)] = []
    for (index, domain) in domains.enumerated() {
      all += domain.modules.map { (ModuleID(domain: index, kind: $0.kind), $0) }
      // The policy follows dom0's modules, as it stands beside them in /chosen.
      if domain.isDom0, let policy = hypervisor.policy {
        all.append((ModuleID(domain: nil, kind: .xsmPolicy), policy))
      }
    }
    if dom0 == nil, let policy = hypervisor.policy {
      all.insert((ModuleID(domain: nil, kind: .xsmPolicy), policy), at: 0)
    }
    return all
  }

  public func title(of id: ModuleID) -> String {
    guard let domain = id.domain else { return "the XSM policy" }
    return "\(domains[domain].name.value)'s \(Self.noun(id.kind))"
  }

  /// The copies that have to be in memory: one for all guests that name the same file in the same role, but one for each domain
  /// when the file is a gzip kernel, because Xen unpacks it in place of the module and the second domain would not find it;
  /// and one of its own for dom0, because Xen drops dom0's module when a guest's is the same (since 4.18).
  public var loads: [Load] {
    var loads: [Load] = []
    var shared: [SharingKey: Int] = [:]
    for (id, module) in modules {
      if let key = sharingKey(id, module) {
        if let index = shared[key] {
          loads[index].users.append(id)
          continue
        }
        shared[key] = loads.count
      }
      let file = module.file.map { " \($0.name)" } ?? ""
      loads.append(Load(users: [id], module: module, title: title(of: id) + file))
    }
    return loads
  }

  private struct SharingKey: Hashable {
    var file: String
    var kind: ModuleKind
    var address: UInt64?
  }

  private func sharingKey(_ id: ModuleID, _ module: Module) -> SharingKey? {
    guard let file = module.file, let domain = id.domain, !domains[domain].isDom0 else { return nil }
    // A compressed kernel is lost to the second domain that names it.
    if id.kind == .kernel, module.image?.isGzip ?? true { return nil }
    return SharingKey(file: file.name, kind: id.kind, address: module.address?.value)
  }

  static func noun(_ kind: ModuleKind) -> String {
    switch kind {
    case .kernel: "kernel"
    case .ramdisk: "ramdisk"
    case .deviceTree: "partial device tree"
    case .xsmPolicy: "XSM policy"
    }
  }
}
