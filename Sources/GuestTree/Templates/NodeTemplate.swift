// SPDX-License-Identifier: Apache-2.0

/// A node of a platform's tree, as data: what it is called, when it is there, what it holds.
///
/// A platform is a tree of these. The same code writes every platform's tree, so two platforms differ in values only.
public struct NodeTemplate: Sendable {
  public var name: NodeName
  /// The node is there when all of these hold; asked for each node when there are several.
  public var conditions: [Condition]
  /// One node for each of these.
  public var repetition: Repetition
  public var properties: [PropertyTemplate]
  public var children: [TreePart]
  /// Written and then overwritten with empty tokens.
  ///
  /// Toolstacks that finish a tree before they know its memory do this. It shows in layouts that keep such holes.
  public var isHole: Bool

  public init(
    _ name: NodeName, when conditions: [Condition] = [], each repetition: Repetition = .once, isHole: Bool = false,
    _ properties: [PropertyTemplate], children: [TreePart] = []
  ) {
    self.name = name
    self.conditions = conditions
    self.repetition = repetition
    self.isHole = isHole
    self.properties = properties
    self.children = children
  }
}

/// What a node is called: a base, and after an `@` an address in lower-case hexadecimal without leading zeros.
public struct NodeName: Sendable {
  public enum Address: Sendable {
    case number(UInt64)
    case fact(Fact)
  }

  public var base: StaticString
  public var address: Address?

  public init(_ base: StaticString, at address: Address? = nil) {
    self.base = base
    self.address = address
  }
}

extension NodeName: ExpressibleByStringLiteral {
  public init(stringLiteral value: StaticString) { self.init(value) }
}

/// What may stand below a node.
public enum TreePart: Sendable {
  case node(NodeTemplate)
  /// Parts of the partial tree that the guest was given.
  case fragment(FragmentRules)
  /// The first CPU of the host's tree, with everything in it, once or for each CPU of the guest.
  case hostCPU(HostCPURules)
}

/// What is taken of a partial tree.
public struct FragmentRules: Sendable {
  /// The children of its root that are taken.
  public var children: [StaticString]
  /// Whether they stand in the order of the partial tree, not in that of ``children``.
  public var keepsOrder: Bool
  /// Whether properties whose name begins with `xen,` are taken as well, everywhere. In `/aliases` they always are.
  public var keepsXenProperties: Bool
  /// Whether the phandle of its `/gic` becomes the one of the guest's interrupt controller.
  public var namesController: Bool

  public init(_ children: [StaticString], keepsOrder: Bool, keepsXenProperties: Bool, namesController: Bool) {
    self.children = children
    self.keepsOrder = keepsOrder
    self.keepsXenProperties = keepsXenProperties
    self.namesController = namesController
  }
}

/// What is taken of the host's first CPU.
public struct HostCPURules: Sendable {
  /// The name of the node; nil for the name that it has in the host's tree.
  public var base: StaticString?
  /// Whether each CPU of the guest has a node, numbered in decimal, or all share one.
  public var isRepeated: Bool
  /// Properties whose name begins with one of these are left out.
  public var droppedPrefixes: [StaticString]
  /// What is added after the host's properties.
  public var added: [PropertyTemplate]

  public init(base: StaticString?, isRepeated: Bool, droppedPrefixes: [StaticString], added: [PropertyTemplate]) {
    self.base = base
    self.isRepeated = isRepeated
    self.droppedPrefixes = droppedPrefixes
    self.added = added
  }
}

/// How often a node stands in the tree. Facts of a single thing, such as ``Fact/cpuIdentity``, are those of the node's.
public enum Repetition: Sendable {
  case once
  case cpus
  case ramBanks
  case sharedMemory
  case devices
  /// So many, whatever the guest has.
  case times(Int)
}

/// Whether a node or a property is there.
public enum Condition: Sendable {
  case has(Feature)
  case lacks(Feature)
}

/// What guests, hosts and platforms have or have not.
public enum Feature: Sendable {
  case bootargs, ramdisk, vuart, enhanced, acpi, sharedMemory
  case arm64, gicV2, gicV3
  case hostCPUFrequency, timerFrequency
  case secondBank
  /// What the guest is told of: see ``Announcements``.
  case xenbus, virtioMMIO, virtioPCI
  /// The node is the first of several.
  case firstItem
  /// The device that the node is for uses grants; any device does.
  case deviceGrants, anyDeviceGrants
  /// The device that the node is for, or one before it, uses grants.
  case grantsBegan
  /// The device that the node is for is an I²C bus, or a GPIO controller.
  case deviceI2C, deviceGPIO
}
