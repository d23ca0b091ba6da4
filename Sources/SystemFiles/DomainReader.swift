// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

// One domain of a description.
extension SystemLoader {
  private static let guestKeys = [
    "name", "dom0", "kernel", "ramdisk", "device-tree", "bootargs", "memory", "cpus", "console", "capabilities",
    "passthrough", "properties",
  ]
  private static let dom0Keys: Set<String> = ["name", "dom0", "kernel", "ramdisk", "bootargs", "memory", "cpus"]

  mutating func readDomain(_ value: YAMLValue) -> Domain {
    let fields = Fields(value, of: "a domain", at: &diagnostics)
    fields.allow(Self.guestKeys, &diagnostics)
    let isDom0 = fields.flag("dom0", &diagnostics)
    var domain = Domain(name: readName(fields, isDom0: isDom0), isDom0: isDom0, location: fields.start)
    let name = domain.name.value
    domain.kernel = readModule(.kernel, "kernel", fields, of: name)
    domain.ramdisk = readModule(.ramdisk, "ramdisk", fields, of: name)
    domain.bootargs = fields.bootargs("bootargs", &diagnostics)
    domain.memory = readMemory(fields, of: name)
    domain.cpus = fields.number("cpus", &diagnostics)
    if isDom0 {
      for entry in fields.all where !Self.dom0Keys.contains(entry.key) && Self.guestKeys.contains(entry.key) {
        diagnostics.append(
          .error(
            "dom0-key", "dom0 takes no `\(entry.key)`: Xen reads it from a guest's node only",
            at: Place(entry.keyLocation)))
      }
      return domain
    }
    domain.cpus = domain.cpus ?? Sourced(1, at: fields.start)
    domain.deviceTree = readModule(.deviceTree, "device-tree", fields, of: name)
    if let console = fields.text("console", &diagnostics) {
      if let kind = Domain.Console(rawValue: console.value) {
        domain.console = kind
      } else {
        diagnostics.append(
          .error(
            "console-kind", "the console of \(name) is `\(console.value)`, not vpl011 or none", at: Place(console.at)))
      }
    }
    readCapabilities(fields, into: &domain)
    askedDevices[name] = readPassthrough(fields, of: name)
    readProperties(fields, into: &domain)
    return domain
  }

  private mutating func readName(_ fields: Fields, isDom0: Bool) -> Sourced<String> {
    guard let name = fields.text("name", &diagnostics) else {
      if !isDom0 { diagnostics.append(.error("domain-name", "a domain has no name", at: fields.place)) }
      return Sourced("dom0", at: fields.start)
    }
    let place = Place(name.at)
    let allowed = name.value.utf8.allSatisfy { byte in
      switch UInt8(byte) {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: ",._+-".utf8.contains(byte)
      }
    }
    if name.value.isEmpty || !allowed {
      diagnostics.append(
        .error(
          "domain-name", "`\(name.value)` cannot name a domain: it becomes the name of a node", at: place,
          hint: "use letters, digits and , . _ + -"))
    } else if name.value.utf8.count > XenLimits.domainName {
      diagnostics.append(
        .error(
          "domain-name",
          "the name \(name.value) has \(name.value.utf8.count) characters; Xen loses the bootargs of a domain whose name has more than \(XenLimits.domainName)",
          at: place))
    }
    return Sourced(name.value, at: name.at)
  }

  private mutating func readModule(_ kind: ModuleKind, _ key: String, _ fields: Fields, of owner: String) -> Module? {
    guard let value = fields[key] else { return nil }
    return attempt { (loader) throws(Failure) in
      if case .mapping = value.content {
        let parts = Fields(value, of: "`\(key)` of \(owner)", at: &loader.diagnostics)
        parts.allow(["file", "address"], &loader.diagnostics)
        guard let file = parts.text("file", &loader.diagnostics) else {
          throw Failure(.error("file-missing", "`\(key)` of \(owner) names no `file`", at: value.place))
        }
        return try loader.module(
          kind, file: file.value, of: owner, address: loader.readAddress(parts), at: file.at, place: Place(file.at))
      }
      guard let file = fields.text(key, &loader.diagnostics) else {
        throw Failure(.error("file-missing", "`\(key)` of \(owner) names no file", at: value.place))
      }
      return try loader.module(kind, file: file.value, of: owner, at: file.at, place: Place(file.at))
    }
  }

  private mutating func readAddress(_ fields: Fields) -> Sourced<UInt64>? {
    guard let value = fields["address"] else { return nil }
    guard case .text(let text, _) = value.content, let address = PropertyLiteral.integer(text) else {
      diagnostics.append(.error("yaml-structure", "`address` should be a number such as 0x50000000", at: value.place))
      return nil
    }
    return Sourced(address, at: value.location)
  }

  private mutating func readMemory(_ fields: Fields, of owner: String) -> Sourced<UInt64>? {
    guard let text = fields.text("memory", &diagnostics) else { return nil }
    return attempt { (_) throws(Failure) in
      Sourced(try MemorySize.bytes(text.value, of: owner, at: Place(text.at)), at: text.at)
    }
  }

  private mutating func readCapabilities(_ fields: Fields, into domain: inout Domain) {
    for value in fields.list("capabilities", &diagnostics) {
      let names = DomainCapability.allCases.map(\.name)
      guard case .text(let text, _) = value.content,
        let capability = DomainCapability.allCases.first(where: { $0.name == text })
      else {
        diagnostics.append(
          .error("capability", "a capability is one of \(names.joined(separator: ", "))", at: value.place))
        continue
      }
      domain.capabilities.insert(capability)
    }
  }

  /// Properties that keys of the description already write.
  private static let writtenByKeys = [
    "compatible": "it is always xen,domain", "#address-cells": "it is always 2", "#size-cells": "it is always 2",
    "memory": "use the key `memory`", "cpus": "use the key `cpus`", "vpl011": "use the key `console`",
    "capabilities": "use the key `capabilities`",
  ]

  private mutating func readProperties(_ fields: Fields, into domain: inout Domain) {
    guard let properties = fields.fields("properties", &diagnostics) else { return }
    for entry in properties.all {
      if let reason = Self.writtenByKeys[entry.key] {
        diagnostics.append(
          .error(
            "property-reserved", "`\(entry.key)` cannot stand among the properties: \(reason)",
            at: Place(entry.keyLocation)))
        continue
      }
      let value = attempt { (_) throws(Failure) in try PropertyLiteral.value(entry.value, of: entry.key) }
      if let value = value ?? nil {
        domain.properties.append(DeviceTree.Property(entry.key, value, location: entry.keyLocation))
      }
    }
  }
}
