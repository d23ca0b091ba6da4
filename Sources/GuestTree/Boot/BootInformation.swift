// SPDX-License-Identifier: Apache-2.0

/// What a paravirtual guest of Xen learns when it starts: which pages it shares and with whom, its ramdisk, its command line.
///
/// It comes in two forms: a structure in a page (`start_info` of xen/include/public/xen.h), and nodes of a tree, as XenPPC wrote
/// them. Both are made from the same guest, layout and late values, and both can be read.
public struct BootInformation: Hashable, Sendable {
  /// Which interface it is: `xen-3.0-` and a kind of processor.
  public var magic: [UInt8] = []
  /// RAM in pages.
  public var pageCount: UInt64 = 0
  /// The address of the page with clocks and event channels.
  public var sharedInfo: UInt64 = 0
  /// `SIF_…`: 1 for a privileged domain, 2 for the first one.
  public var flags: UInt32 = 0
  /// The number of the store's page, and its event channel.
  public var storePage: UInt64 = 0
  public var storePort: UInt32 = 0
  /// The number of the console's page, and its event channel.
  public var consolePage: UInt64 = 0
  public var consolePort: UInt32 = 0
  /// Where the first page tables are, for guests whose page tables Xen checks.
  public var pageTables: UInt64 = 0
  public var pageTableFrames: UInt64 = 0
  /// Where the list is that turns a guest's page numbers into the machine's.
  public var pageList: UInt64 = 0
  /// Where the ramdisk is, and its bytes.
  public var moduleStart: UInt64 = 0
  public var moduleSize: UInt64 = 0
  public var commandLine: [UInt8] = []
  /// The page numbers of ``pageList`` itself.
  public var pageListStart: UInt64 = 0
  public var pageListFrames: UInt64 = 0

  /// The longest command line, without its zero.
  public static let commandLineLimit = 1023

  public init() {}

  /// What a planned guest learns.
  public init(_ tree: GuestTree) {
    func number(_ name: LateName) -> UInt64 {
      tree.guest.lateValues.last { $0.name == name }?.bytes.number ?? tree.layout.number(of: name) ?? 0
    }
    magic = tree.platform.startInfo?.magic.bytes ?? []
    pageCount =
      tree.layout.ram.reduce(0 as UInt64) { $0 &+ ($1.upperBound - $1.lowerBound) } / SpecialPage.size
    sharedInfo = number(.sharedInfoPage)
    storePage = number(.storePage) / SpecialPage.size
    storePort = UInt32(truncatingIfNeeded: number(.storePort))
    consolePage = number(.consolePage) / SpecialPage.size
    consolePort = UInt32(truncatingIfNeeded: number(.consolePort))
    moduleStart = number(.ramdiskStart)
    let end = number(.ramdiskEnd)
    moduleSize = end > moduleStart ? end - moduleStart : 0
    commandLine = tree.guest.bootargs ?? []
  }
}

/// What a platform has to do with a start-info page.
public struct StartInfoRules: Sendable {
  public var magic: StaticString
  public var format: BootInformation.Format
  /// Whether whoever builds the guest writes the page; otherwise its kernel makes one of its own from the tree.
  public var isLoaded: Bool

  public init(magic: StaticString, format: BootInformation.Format, isLoaded: Bool) {
    self.magic = magic
    self.format = format
    self.isLoaded = isLoaded
  }
}
