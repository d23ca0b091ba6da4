// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Foundation
import GuestTree
import SystemFiles
import Testing
import XenFacts

@Suite struct XLGuestLoadingTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("grove-xl-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // The least that is an arm64 Image: its magic number, and the size that it takes in memory.
    var image = [UInt8](repeating: 0, count: 4096)
    image.replaceSubrange(16..<18, with: [0x00, 0x10])
    image.replaceSubrange(56..<60, with: Array("ARM\u{64}".utf8))
    try Data(image).write(to: folder.appendingPathComponent("Image"))
  }

  /// Loads a configuration, or says what is wrong with it.
  private func load(_ config: String, allowsOutside: Bool = false) throws -> (guest: LoadedGuest?, said: String) {
    let file = folder.appendingPathComponent("g.cfg")
    try Data(config.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: folder) }
    var options = LoadOptions()
    options.version = XenVersion(4, 20)
    do throws(LoadFailure) {
      let guest = try loadXLGuest(file.path, options: options, allowsOutside: allowsOutside)
      return (guest, DiagnosticPrinter().text(guest.diagnostics))
    } catch {
      return (nil, DiagnosticPrinter().text(error.failure.diagnostics))
    }
  }

  @Test func aConfigurationBecomesAPlan() throws {
    let config = "name = 'g'\nkernel = 'Image'\nmemory = 64\nvcpus = 2\nvuart = 'sbsa_uart'\nvcpu = 3\n"
    let (guest, said) = try load(config)
    let plan = try #require(guest).plan()
    #expect(plan.tree.guest.cpuCount == 2)
    #expect(plan.tree.layout.kernel.lowerBound == 0x4000_0000)
    #expect(
      said == """
        \(folder.path)/g.cfg:6:1: warning: xl does not know `vcpu` and ignores it in silence [xl-unknown-key]
          hint: did you mean `vcpus`?

        """)
  }

  @Test func aFileOutsideOfTheFolderIsReadOnlyWhenThatIsAllowed() throws {
    let config = "name = 'g'\nkernel = '\(folder.path)/Image'\nmemory = 64\n"
    #expect(
      try load(config).said == """
        \(folder.path)/g.cfg:2:10: error: the kernel \(folder.path)/Image is outside the description's folder [file-outside]
          hint: copy the file beside the configuration, or allow it

        """)
  }

  @Test func anAllowedFileIsRead() throws {
    let config = "name = 'g'\nkernel = '\(folder.path)/Image'\nmemory = 64\n"
    #expect(try load(config, allowsOutside: true).guest != nil)
  }

  @Test func aPartialTreeMustBeABlob() throws {
    let (_, said) = try load("name = 'g'\nkernel = 'Image'\nmemory = 64\ndevice_tree = 'Image'\n")
    #expect(
      said == """
        \(folder.path)/g.cfg:4:15: error: the partial device tree Image is no flattened device tree [device-tree-format]

        """)
  }

  @Test func whatIsWrongWithTheLanguageIsSaidFirst() throws {
    #expect(
      try load("name = g\n").said == """
        \(folder.path)/g.cfg:1:8: error: expected a text in quotes, a number or a list, found the name `g` [xl-syntax]
          hint: a text stands in quotes

        """)
  }
}
