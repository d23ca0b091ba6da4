// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// `grove map`: the host, the guests and the owners, as text, JSON and SVG.
@Suite(.enabled(if: Real.isPrepared)) struct MapTests {
  /// dom0, a guest with QEMU's clock and one without anything.
  private func workspace(assertions: [String] = []) throws -> Workspace {
    let work = try Workspace.withImages(xen: "4.20")
    var text = """
      grove: 1
      xen:
        image: xen
        bootargs: console=dtuart dtuart=/pl011@9000000 bootscrub=0
      host:
        device-tree: virt.dtb
      domains:
        - name: dom0
          dom0: true
          kernel: vmlinuz
          memory: 256 MiB
        - name: domA
          kernel: probe.Image
          memory: 128 MiB
          cpus: 2
          passthrough: [/pl031@9010000]
          properties:
            xen,enhanced: enabled
        - name: domB
          kernel: probe.Image
          memory: 64 MiB

      """
    if !assertions.isEmpty { text += "assert:\n" + assertions.map { "  - \($0)\n" }.joined() }
    try work.write("system.yaml", text)
    return work
  }

  @Test func ownersHaveASectionEachAndAMatrix() throws {
    let work = try workspace()
    let map = try grove("map", "system.yaml", "--owners", "--target", "qemu", in: work.folder)
    #expect(map.status == 0, "\(map.error)")
    #expect(
      map.output.contains(
        """
          domA
            128 MiB of Xen's heap, at addresses that Xen chooses at boot
            /pl031@9010000  [0x9010000, 0x9011000), 4 KiB  SPI 2
          domB
            64 MiB of Xen's heap, at addresses that Xen chooses at boot

        """), "\(map.output)")
    #expect(
      map.output.hasSuffix(
        """
        shared:
          dom0  domA  domB
          x     x     -     xenstore: the store of dom0
          *     x     -     grants: by way of xenstore's page and its devices
          *     x     x     control: dom0 may map the memory of others, stop and build them
          x     x     x     cpu pools: Pool-0
          x     x     x     cache: the last-level cache, which has no colours
          x     x     x     console: Xen's console
          x has a part in it with every other x; beside a * with that one alone

        """), "\(map.output)")
  }

  @Test func theMapOfADomainShowsItsAddresses() throws {
    let work = try workspace()
    let map = try grove("map", "system.yaml", "--domain", "domA", in: work.folder)
    #expect(map.status == 0)
    #expect(map.output.hasPrefix("domA, as it sees its addresses:\n  0x0000000000  0x0003001000    48.0 MiB  hole\n"))
    #expect(map.output.contains("  0x0009010000  0x0009011000     4.0 KiB  /pl031@9010000, the host's address\n"))
    #expect(
      map.output.contains(
        "  0x0040000000  0x0048000000   128.0 MiB  RAM, in memory of the host that Xen chooses at boot\n"))
    let unknown = try grove("map", "system.yaml", "--domain", "domC", in: work.folder)
    #expect(unknown.status == 1)
    #expect(unknown.error.hasSuffix("grove: no domain is called domC: there are dom0, domA, domB; is dom0 meant?\n"))
  }

  @Test func jsonHasOneOwnerForEverything() throws {
    let work = try workspace()
    let map = try grove("map", "system.yaml", "--owners", "--format", "json", in: work.folder)
    #expect(map.status == 0)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(map.output.utf8)) as? [String: Any])
    #expect(Set(report.keys) == ["format", "host", "guests", "owners"])
    #expect((report["host"] as? [[String: Any]])?.map { $0["title"] as? String } == ["qemu", "uboot"])
    #expect((report["guests"] as? [[String: Any]])?.map { $0["domain"] as? String } == ["dom0", "domA", "domB"])
    let owners = try #require(report["owners"] as? [String: Any])
    #expect(
      Set(owners.keys) == [
        "domains", "devices", "registers", "interrupts", "streams", "memory", "cpus", "shared", "conflicts",
      ])
    let devices = try #require(owners["devices"] as? [[String: Any]])
    #expect(Set(devices.compactMap { $0["path"] as? String }).count == devices.count)
    let kinds = devices.compactMap { ($0["owner"] as? [String: Any])?["kind"] as? String }
    #expect(kinds.count == devices.count)
    #expect(Set(kinds) == ["xen", "dom0", "guest", "nobody"])
    let clock = try #require(devices.first { $0["path"] as? String == "/pl031@9010000" })
    #expect((clock["owner"] as? [String: Any])?["name"] as? String == "domA")
    #expect(clock["from"] as? String == "system.yaml:16:18")
    let lines = try #require(owners["interrupts"] as? [[String: Any]])
    #expect(Set(lines.compactMap { $0["id"] as? Int }).count == lines.count)
    #expect((owners["conflicts"] as? [Any])?.isEmpty == true)
    let plain = try grove("map", "system.yaml", "--format", "json", in: work.folder)
    #expect(plain.output.contains("\"owners\" : null"))
  }

  @Test(arguments: [[], ["--domain", "domA"]]) func svgIsWholeAndTheSameEverywhere(_ options: [String]) throws {
    var pictures: [String] = []
    for _ in 0..<2 {
      let work = try workspace()
      let map = try run(Real.grove, ["map", "system.yaml", "--format", "svg"] + options, in: work.folder)
      #expect(map.status == 0)
      pictures.append(map.output)
    }
    #expect(pictures[0] == pictures[1])
    let reader = ElementNames()
    let parser = XMLParser(data: Data(pictures[0].utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
    #expect(reader.names == ["svg", "title", "desc", "rect", "text", "g"])
    #expect(!pictures[0].contains("href"))
    #expect(pictures[0].contains("/pl031@9010000"))
  }

  private final class ElementNames: NSObject, XMLParserDelegate {
    var names: Set<String> = []

    func parser(
      _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) { names.insert(elementName) }
  }

  @Test func aFinishedTreeIsReadWithItsPartialTrees() throws {
    let work = try workspace()
    let built = try grove("build", "system.yaml", "-o", "out", "--target", "uboot", in: work.folder)
    #expect(built.status == 0, "\(built.error)")
    let map = try grove(
      "map", "out/uboot/boot.dtb", "--owners", "--xen", "4.20", "--module",
      "domA/device-tree=out/uboot/domA-passthrough.dtb", in: work.folder)
    #expect(map.status == 0, "\(map.error)")
    #expect(
      map.output.contains(
        "  domA\n    128 MiB of Xen's heap, at addresses that Xen chooses at boot\n    /pl031@9010000  "))
    // Without the file nobody knows whose it is.
    let blind = try grove("map", "out/uboot/boot.dtb", "--owners", "--xen", "4.20", in: work.folder)
    #expect(
      blind.output.contains("  nobody: it is marked xen,passthrough and given to no domain\n    /pl031@9010000  "))
  }

  // MARK: Assertions

  @Test func whatIsSoStopsNobody() throws {
    let work = try workspace(assertions: [
      "domA and domB share nothing but event channels", "domA owns /pl031@9010000", "Xen owns /pl011@9000000",
    ])
    #expect(try grove("check", "system.yaml", in: work.folder).status == 0)
    #expect(try grove("build", "system.yaml", "-o", "out", in: work.folder).status == 0)
  }

  @Test func whatIsNotSoIsAnErrorAtItsLine() throws {
    let work = try workspace(assertions: ["dom0 and domA share nothing but control", "domB owns /pl031@9010000"])
    let found = try grove("check", "system.yaml", in: work.folder)
    #expect(found.status == 1)
    #expect(
      found.output.contains(
        """
        system.yaml:23:5: error: `dom0 and domA share nothing but control` is not so: dom0 and domA share xenstore (the store of dom0), \
        grants (by way of xenstore's page and its devices) [assertion-failed]
           23 |   - dom0 and domA share nothing but control
              |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~

        """), "\(found.output)")
    #expect(
      found.output.contains(
        """
        system.yaml:18:7: note: domA shares grants by this
           18 |       xen,enhanced: enabled
              |       ^~~~~~~~~~~~
        """), "\(found.output)")
    #expect(
      found.output.contains(
        """
        system.yaml:24:5: error: `domB owns /pl031@9010000` is not so: domA owns /pl031@9010000 [assertion-failed]
           24 |   - domB owns /pl031@9010000
              |     ^~~~~~~~~~~~~~~~~~~~~~~~
        system.yaml:16:18: note: by this
           16 |     passthrough: [/pl031@9010000]
              |                  ^
        """), "\(found.output)")
    let built = try grove("build", "system.yaml", "-o", "out", in: work.folder)
    #expect(built.status == 1)
    #expect(!work.exists("out"))
    // What is wrong can be looked at.
    let map = try grove("map", "system.yaml", "--owners", in: work.folder)
    #expect(map.status == 1)
    #expect(map.error.contains("[assertion-failed]"))
    #expect(map.output.contains("xenstore: the store of dom0"))
    // A person may weigh it, and allow it with a reason.
    #expect(try grove("check", "system.yaml", "--level", "assertion-failed=warning", in: work.folder).status == 0)
    let text = String(decoding: try work.read("system.yaml"), as: UTF8.self)
    try work.write(
      "system.yaml",
      text.replacing("but control\n", with: "but control # grove: allow assertion-failed: xenstore is wanted for now\n")
        .replacing("domB owns", with: "domA owns"))
    let allowed = try grove("check", "system.yaml", in: work.folder)
    #expect(allowed.status == 0, "\(allowed.output)")
  }

  @Test func aSourceHoldsAssertionsToo() throws {
    let work = try TwoGuests.workspace()
    let source = TwoGuests.dts.replacing(
      "grove,xen-image",
      with: "grove,assert = \"domA and domB share nothing\", \"nobody owns /pl031@9010000\";\n  grove,xen-image")
    try work.write("system.dts", source)
    let built = try grove("build", "virt.dtb", "system.dts", "-o", "out", in: work.folder)
    #expect(built.status == 0, "\(built.error)")
    let listing = try grove("dts", "decompile", "out/uboot/boot.dtb", in: work.folder)
    #expect(listing.output.contains("xen,domain"))
    #expect(!listing.output.contains("grove,"))
    try work.write("system.dts", source.replacing("nobody owns", with: "domB owns"))
    let refused = try grove("build", "virt.dtb", "system.dts", "-o", "more", in: work.folder)
    #expect(refused.status == 1)
    #expect(
      refused.error.contains(
        "system.dts:3:3: error: `domB owns /pl031@9010000` is not so: nobody owns /pl031@9010000: there is no dom0 to have it [assertion-failed]"
      ), "\(refused.error)")
  }

  @Test func aSharedLineIsNamedWithBothParties() throws {
    let work = try workspace()
    let listing = try grove("dts", "decompile", "virt.dtb", in: work.folder)
    // The GPIO controller of QEMU's machine moves to the clock's interrupt.
    let moved = listing.output.replacing("interrupts = <0x00 0x07 0x04>", with: "interrupts = <0x00 0x02 0x04>")
    #expect(moved != listing.output)
    try work.write("virt.dts", moved)
    let compiled = try grove("dts", "compile", "virt.dts", "-o", "virt.dtb", in: work.folder)
    #expect(compiled.status == 0, "\(compiled.error)")
    let found = try grove("check", "system.yaml", in: work.folder)
    #expect(found.status == 1)
    #expect(
      found.output.contains(
        "domA's /pl031@9010000 and dom0's /pl061@9030000 have one interrupt, SPI 2 [passthrough-interrupt-shared]\n"),
      "\(found.output)")
  }
}
