// SPDX-License-Identifier: Apache-2.0

/// What may be learned only after a guest's tree was made: from a library that places modules, from the hypervisor, from
/// a source of random numbers.
///
/// Each has a name, and a place in the tree that is known: see ``LateProperty``.
public enum LateName: UInt8, CaseIterable, Hashable, Sendable {
  case ramdiskStart
  case ramdiskEnd
  case randomSeed
  case domain
  case sharedInfoPage
  case startInfoPage
  case consolePage
  case consolePort
  case storePage
  case storePort

  /// Lower-case words joined by hyphens.
  public var text: StaticString {
    switch self {
    case .ramdiskStart: "ramdisk-start"
    case .ramdiskEnd: "ramdisk-end"
    case .randomSeed: "random-seed"
    case .domain: "domain"
    case .sharedInfoPage: "shared-info-page"
    case .startInfoPage: "start-info-page"
    case .consolePage: "console-page"
    case .consolePort: "console-port"
    case .storePage: "store-page"
    case .storePort: "store-port"
    }
  }

  /// The name in a source for a C preprocessor.
  public var macro: StaticString {
    switch self {
    case .ramdiskStart: "GROVE_RAMDISK_START"
    case .ramdiskEnd: "GROVE_RAMDISK_END"
    case .randomSeed: "GROVE_RANDOM_SEED"
    case .domain: "GROVE_DOMAIN"
    case .sharedInfoPage: "GROVE_SHARED_INFO_PAGE"
    case .startInfoPage: "GROVE_START_INFO_PAGE"
    case .consolePage: "GROVE_CONSOLE_PAGE"
    case .consolePort: "GROVE_CONSOLE_PORT"
    case .storePage: "GROVE_STORE_PAGE"
    case .storePort: "GROVE_STORE_PORT"
    }
  }

  /// How many bytes it has in a tree: numbers are big-endian there.
  public var size: Int {
    switch self {
    case .consolePort, .storePort: 4
    case .randomSeed: 128
    default: 8
    }
  }

  /// The one with that name.
  public init?(_ text: [UInt8]) {
    for name in LateName.allCases where name.text.bytes == text {
      self = name
      return
    }
    return nil
  }
}

/// A value for a name.
public struct LateValue: Hashable, Sendable {
  public var name: LateName
  /// As many as the name's ``LateName/size``.
  public let bytes: [UInt8]

  /// A number, in as many bytes as the name has; what does not fit is nil.
  public init?(_ name: LateName, _ number: UInt64) {
    var bytes: [UInt8] = []
    if name.size == 4 {
      guard let cell = UInt32(exactly: number) else { return nil }
      bytes.append(cell: cell)
    } else {
      guard name.size == 8 else { return nil }
      bytes.append(number: number)
    }
    self.name = name
    self.bytes = bytes
  }

  /// Bytes; nil when they are not as many as the name has.
  public init?(_ name: LateName, bytes: [UInt8]) {
    guard bytes.count == name.size else { return nil }
    self.name = name
    self.bytes = bytes
  }
}

/// A property that holds late values: where it stands, and where in its value they belong.
public struct LateProperty: Hashable, Sendable {
  public struct Hole: Hashable, Sendable {
    public var name: LateName
    /// The first byte in the value.
    public var offset: Int
  }

  /// The node's path.
  public var path: [UInt8]
  /// How many properties of the node stand before it.
  public var position: Int
  public var name: [UInt8]
  /// The value as it was when the tree was made: zeros where nothing was known.
  public var value: [UInt8]
  public var holes: [Hole]

  /// The value with late values put into their places; the last one of a name counts.
  func value(with values: [LateValue]) -> [UInt8] {
    var result = value
    for hole in holes {
      guard let value = values.last(where: { $0.name == hole.name }) else { continue }
      for (index, byte) in value.bytes.enumerated() { result[hole.offset + index] = byte }
    }
    return result
  }

  func needs(_ values: [LateValue]) -> Bool {
    holes.contains { hole in values.contains { $0.name == hole.name } }
  }
}
