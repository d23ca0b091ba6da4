// SPDX-License-Identifier: Apache-2.0
public import BootImages
public import DeviceTree
public import Diagnostics
public import XenFacts

/// A whole Xen system, as every front end lowers it and every back end writes it.
public struct XenSystem: Sendable {
  public var hypervisor: Hypervisor
  public var host: Host
  /// dom0 first when there is one, then the guests in the order in which Xen numbers them from 1.
  public var domains: [Domain]
  /// What has to be true of the system, one sentence each, in the words of ``Assertion``.
  public var assertions: [Sourced<String>] = []

  public init(hypervisor: Hypervisor, host: Host, domains: [Domain]) {
    self.hypervisor = hypervisor
    self.host = host
    self.domains = domains
  }

  public var dom0: Domain? { domains.first { $0.isDom0 } }
}

/// The hypervisor: its image, what is known of it, and its options.
public struct Hypervisor: Sendable {
  /// The Xen image; nil when a system is only looked at, as for a finished tree.
  public var image: BootFile?
  /// What the image says of itself.
  public var facts: XenImage?
  public var release: XenRelease
  /// Xen's own command line, with dom0's memory and CPUs already in it.
  public var bootargs: Sourced<String>?
  /// The XSM policy.
  public var policy: Module?

  public init(
    image: BootFile? = nil, facts: XenImage? = nil, release: XenRelease, bootargs: Sourced<String>? = nil,
    policy: Module? = nil
  ) {
    self.image = image
    self.facts = facts
    self.release = release
    self.bootargs = bootargs
    self.policy = policy
  }
}

/// Which Xen a tree is for, and how that is known.
public struct XenRelease: Hashable, Sendable {
  public enum Source: String, Hashable, Sendable {
    case image = "read from the image"
    case option = "given by --xen"
    case assumed = "the newest known, as neither an image nor --xen names one"
  }

  public var version: XenVersion
  /// The build's options; nil when they are not known.
  public var config: XenConfig?
  public var source: Source

  public init(version: XenVersion, config: XenConfig? = nil, source: Source) {
    self.version = version
    self.config = config
    self.source = source
  }
}

/// The host's tree, with nothing of Xen's in `/chosen`, and the file it came from.
public struct Host: Sendable {
  public var file: String
  public var tree: DeviceTree

  public init(file: String, tree: DeviceTree) {
    self.file = file
    self.tree = tree
  }
}

/// A file that a loader brings into memory, whole.
public struct BootFile: Sendable {
  /// As the description names it, relative to the description.
  public var name: String
  public var bytes: [UInt8]

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// The last component of the name.
  public var baseName: String { name.split(separator: "/").last.map(String.init) ?? name }
}

/// A boot module: a file with a role, or the place of one that somebody else loads.
public struct Module: Sendable {
  public var kind: ModuleKind
  /// Nil when a finished tree names only an address.
  public var file: BootFile?
  /// Bytes in memory: the file's, or what a finished tree says.
  public var size: UInt64
  /// What the file is; nil for trees and policies, and where there is no file.
  public var image: BootImage?
  /// An address that the description insists on.
  public var address: Sourced<UInt64>?
  /// The module's other properties, untouched.
  public var properties: [DeviceTree.Property]
  public var location: SourceLocation?

  public init(
    kind: ModuleKind, file: BootFile, image: BootImage? = nil, address: Sourced<UInt64>? = nil,
    properties: [DeviceTree.Property] = [], location: SourceLocation? = nil
  ) {
    self.kind = kind
    self.file = file
    self.size = UInt64(file.bytes.count)
    self.image = image
    self.address = address
    self.properties = properties
    self.location = location
  }

  /// A module that is loaded by somebody else.
  public init(
    kind: ModuleKind, loadedAt address: Sourced<UInt64>, size: UInt64,
    properties: [DeviceTree.Property] = [], location: SourceLocation? = nil
  ) {
    self.kind = kind
    self.file = nil
    self.size = size
    self.address = address
    self.properties = properties
    self.location = location
  }
}

/// A domain that Xen starts.
public struct Domain: Sendable {
  public enum Console: String, Hashable, Sendable {
    case vpl011
    case none
  }

  /// The name of its node, and of its lines in a log.
  public var name: Sourced<String>
  public var isDom0: Bool
  public var kernel: Module?
  public var ramdisk: Module?
  /// The partial tree of the devices given to the domain.
  public var deviceTree: Module?
  public var bootargs: Sourced<String>?
  /// Bytes. For dom0 it stands in Xen's command line.
  public var memory: Sourced<UInt64>?
  public var cpus: Sourced<UInt32>?
  public var console: Console
  public var capabilities: Set<DomainCapability>
  /// What else stands on the domain's node, in its order, untouched.
  public var properties: [DeviceTree.Property]
  /// What else stands below the domain's node: the children of this tree's root, untouched.
  public var nodes: DeviceTree
  public var location: SourceLocation?

  public init(name: Sourced<String>, isDom0: Bool = false, location: SourceLocation? = nil) {
    self.name = name
    self.isDom0 = isDom0
    console = isDom0 ? .none : .vpl011
    capabilities = []
    properties = []
    nodes = DeviceTree()
    self.location = location
  }

  /// The domain's modules in the order in which they stand in its node.
  public var modules: [Module] { [kernel, ramdisk, deviceTree].compactMap { $0 } }

  public func module(_ kind: ModuleKind) -> Module? { modules.first { $0.kind == kind } }
}
