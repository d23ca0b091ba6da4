// SPDX-License-Identifier: Apache-2.0
public import BootImages
public import DeviceTree
public import XenFacts

/// The file behind a boot module, read as far as its kind tells.
public struct ModuleFile: Sendable {
  /// As a person named it, for messages.
  public let name: String
  public let bytes: [UInt8]
  public let contents: Contents

  public enum Contents: Sendable {
    /// What a kernel or ramdisk is.
    case image(BootImage)
    /// A partial device tree.
    case tree(DeviceTree)
    /// A policy, or a module whose kind is not known.
    case unread
    /// Not what the module's kind needs, with the reason as a sentence without its full stop.
    case wrong(String)
  }

  /// Reads the bytes.
  ///
  /// - Parameter image: what is already known of a kernel or ramdisk.
  public init(name: String, bytes: [UInt8], kind: ModuleKind?, image: BootImage? = nil) {
    self.name = name
    self.bytes = bytes
    contents = image.map(Contents.image) ?? Self.contents(bytes, kind)
  }

  /// The partial device tree, where the file is one.
  public var tree: DeviceTree? {
    if case .tree(let tree) = contents { tree } else { nil }
  }

  /// The kernel or ramdisk, where the file is one.
  public var image: BootImage? {
    if case .image(let image) = contents { image } else { nil }
  }

  private static func contents(_ bytes: [UInt8], _ kind: ModuleKind?) -> Contents {
    do throws(BootImageError) {
      switch kind {
      case .kernel: return .image(try BootImage(kernel: bytes))
      case .ramdisk: return .image(try BootImage(ramdisk: bytes))
      case .deviceTree: return tree(bytes)
      case .xsmPolicy, nil: return .unread
      }
    } catch {
      return .wrong(error.description)
    }
  }

  private static func tree(_ bytes: [UInt8]) -> Contents {
    do { return .tree(try DeviceTree(blob: bytes)) } catch { return .wrong("\(error)") }
  }
}
