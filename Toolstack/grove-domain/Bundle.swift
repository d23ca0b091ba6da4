// SPDX-License-Identifier: Apache-2.0

/// What `grove guest bundle` wrote: the files of a folder, and `bundle.json`, which says what goes where.
struct Bundle {
  struct Load {
    /// The file's number in ``files``.
    var file: Int
    var source: Range<UInt64>
    var memory: Range<UInt64>
  }

  struct Mapping {
    var guest: Range<UInt64>
    var machine: UInt64
  }

  /// Bytes of the tree that are known only when the domain exists.
  struct Late {
    var name: [UInt8]
    var place: Range<UInt64>
  }

  struct Register {
    var name: [UInt8]
    var value: UInt64
  }

  struct File {
    var input: [UInt8]
    /// In the bundle's folder.
    var name: [UInt8]
    var size: UInt64
  }

  var cpuLimit: UInt32
  var isWide: Bool
  var sharedInterrupts: UInt32
  var machineInterrupts: [UInt32]
  var files: [File] = []
  var ram: [Range<UInt64>]
  var mappings: [Mapping]
  var loads: [Load]
  var registers: [Register]
  /// What is still to be written into the tree.
  var late: [Late] = []
  /// Addresses of the pages that are shared with dom0, by name.
  var pages: [(name: [UInt8], address: UInt64)]

  private static let supported: UInt64 = 1
  private static let pageSize: UInt64 = 4096

  init(_ json: JSON) throws(Failure) {
    guard json["bundle"]?.integer == Self.supported else {
      throw Failure("this is no bundle, or one of another version")
    }
    guard let cpus = json["cpus"]?["limit"]?.integer, (1...128).contains(cpus) else {
      throw Failure("the bundle's number of CPUs is none from 1 to 128")
    }
    cpuLimit = UInt32(cpus)
    guard let bits = json["bits"]?.integer, bits == 64 || bits == 32 else {
      throw Failure("the bundle is for no Arm guest")
    }
    isWide = bits == 64
    sharedInterrupts = UInt32(clamping: json["sharedInterrupts"]?.integer ?? 0)
    machineInterrupts = (json["machineInterrupts"]?.elements ?? []).map { UInt32(clamping: $0.integer ?? .max) }
    ram = try Self.ranges(json["ram"], "the bundle's RAM")
    guard !ram.isEmpty else { throw Failure("the bundle has no RAM") }
    mappings = []
    for element in json["mappings"]?.elements ?? [] {
      let range = try Self.range(element, "the bundle's mappings")
      guard let machine = element["machine"]?.integer, machine % Self.pageSize == 0 else {
        throw Failure("the bundle's mappings are no whole pages")
      }
      mappings.append(Mapping(guest: range, machine: machine))
    }
    pages = []
    for element in json["pages"]?.elements ?? [] {
      guard let name = element["name"]?.bytes, let address = element["address"]?.integer, address % Self.pageSize == 0
      else { throw Failure("the bundle's pages are malformed") }
      pages.append((name, address))
    }
    registers = []
    if case .object(let members)? = json["registers"] {
      for member in members {
        guard let value = member.value.integer else { throw Failure("the bundle's registers are malformed") }
        registers.append(Register(name: member.key, value: value))
      }
    }
    loads = []
    try readFiles(json)
    try readLoads(json)
    try readLate(json)
    try check()
  }

  private mutating func readFiles(_ json: JSON) throws(Failure) {
    for element in json["files"]?.elements ?? [] {
      guard let input = element["input"]?.bytes, let name = element["name"]?.bytes, let size = element["size"]?.integer,
        !name.isEmpty, !name.contains(UInt8(ascii: "/")), !name.contains(0)
      else { throw Failure("the bundle's files are malformed") }
      files.append(File(input: input, name: name, size: size))
    }
  }

  private mutating func readLoads(_ json: JSON) throws(Failure) {
    for element in json["loads"]?.elements ?? [] {
      guard let input = element["input"]?.bytes, let file = files.firstIndex(where: { $0.input == input }),
        let offset = element["offset"]?.integer, let size = element["size"]?.integer,
        let address = element["address"]?.integer, let room = element["room"]?.integer,
        offset <= files[file].size, size <= files[file].size - offset, size <= room, address <= .max - room
      else { throw Failure("the bundle's loads are malformed") }
      let memory = address..<(address + room)
      guard ram.contains(where: { $0.lowerBound <= memory.lowerBound && memory.upperBound <= $0.upperBound }) else {
        throw Failure("the bundle loads to where it has no RAM", at: address)
      }
      loads.append(Load(file: file, source: offset..<(offset + size), memory: memory))
    }
    guard !loads.isEmpty else { throw Failure("the bundle loads nothing") }
  }

  private mutating func readLate(_ json: JSON) throws(Failure) {
    for element in json["late"]?.elements ?? [] {
      guard let name = element["name"]?.bytes, let offset = element["offset"]?.integer,
        let size = element["size"]?.integer,
        let tree, size <= 4096, offset <= tree.size, size <= tree.size - offset
      else { throw Failure("the bundle's late values are malformed") }
      if case .truth(true)? = element["known"] { continue }
      late.append(Late(name: name, place: offset..<(offset + size)))
    }
  }

  /// Where in memory the tree is.
  var treeAddress: UInt64? {
    loads.first { files[$0.file].input.isSame(as: "tree") && $0.source.lowerBound == 0 }?.memory.lowerBound
  }

  private static func ranges(_ json: JSON?, _ what: StaticString) throws(Failure) -> [Range<UInt64>] {
    var ranges: [Range<UInt64>] = []
    for element in json?.elements ?? [] { ranges.append(try range(element, what)) }
    return ranges
  }

  /// A range of whole pages.
  private static func range(_ json: JSON, _ what: StaticString) throws(Failure) -> Range<UInt64> {
    guard let address = json["address"]?.integer, let size = json["size"]?.integer, size > 0,
      address <= .max - size, address % pageSize == 0, size % pageSize == 0
    else { throw Failure(what, at: json["address"]?.integer) }
    return address..<(address + size)
  }

  func page(_ name: StaticString) -> UInt64? { pages.first { $0.name.isSame(as: name) }?.address }

  /// The tree's file.
  var tree: File? { files.first { $0.input.isSame(as: "tree") } }
}
