// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing

/// What is said when an overlay cannot be applied. The base is never changed then.
@Suite struct OverlayMessageTests {
  private let board = DeviceTree.board

  @Test func aBaseWithoutLabels() {
    #expect(
      DeviceTree(["/a": [:]]).refusal(of: [
        "/fragment@0": ["target": .open], "/fragment@0/__overlay__": [:],
        "/fragment@1": ["target": .open], "/fragment@1/__overlay__": [:],
        "/__fixups__": ["uart": .string("/fragment@0:target:0"), "bus": .string("/fragment@1:target:0")],
      ]) == """
        o.dtbo:/fragment@0:target: error: fragment@0 refers to the label 'uart', and base.dtb has no /__symbols__ node to look it up in; \
        the same goes for 'bus' [overlay-symbols]
          hint: compile the base tree with dtc -@, so that it keeps its labels

        """)
  }

  @Test func unknownLabelsAreToldOnceEachWithTheirFragmentsAndTheNearestName() {
    #expect(
      board.refusal(of: [
        "/fragment@0": ["target": .open], "/fragment@0/__overlay__": ["link": .open],
        "/fragment@7": ["target": .open], "/fragment@7/__overlay__/x": ["link": .open],
        "/__fixups__": [
          "uarrt": .strings(["/fragment@0:target:0", "/fragment@7:target:0"]),
          "nothing": .strings(["/fragment@7/__overlay__/x:link:0"]),
          "bus": .strings(["/fragment@0/__overlay__:link:0"]),
        ],
      ]) == """
        o.dtbo:/fragment@0:target: error: fragment@0 refers to the label 'uarrt', which base.dtb does not define [overlay-label]
        o.dtbo:/fragment@7:target: note: fragment@7 refers to it as well
          hint: did you mean 'uart'?
        o.dtbo:/fragment@7/__overlay__/x:link: error: fragment@7 refers to the label 'nothing', which base.dtb does not define \
        [overlay-label]

        """)
  }

  @Test func labelsThatLeadNowhere() {
    let base = DeviceTree(["/a": [:], "/__symbols__": ["gone": .string("/b"), "bare": .string("/a")]])
    #expect(
      base.refusal(of: [
        "/fragment@0": ["target": .open], "/fragment@0/__overlay__": [:],
        "/fragment@1": ["target": .open], "/fragment@1/__overlay__": [:],
        "/__fixups__": ["gone": .string("/fragment@0:target:0"), "bare": .string("/fragment@1:target:0")],
      ]) == """
        o.dtbo:/fragment@0:target: error: fragment@0 refers to the label 'gone', which stands for '/b' in /__symbols__ of base.dtb, \
        and no such node is there [overlay-label]
        o.dtbo:/fragment@1:target: error: fragment@1 refers to the label 'bare', which is /a of base.dtb, and that node has no phandle \
        [overlay-label]
          hint: compile the base tree with dtc -@, so that every labelled node has one

        """)
  }

  @Test func targets() {
    #expect(
      board.refusal(of: [
        "/none/__overlay__": [:],
        "/long": ["target": .cells([3, 3])], "/long/__overlay__": [:],
        "/open": ["target": .open], "/open/__overlay__": [:],
        "/phandle": ["target": .cell(4)], "/phandle/__overlay__": [:],
        "/path": ["target-path": .string("/soc/uart@2")], "/path/__overlay__": [:],
        "/alias": ["target-path": .string("serial1")], "/alias/__overlay__": [:],
        "/text": ["target-path": PropertyValue(bytes: [0xFF, 0])], "/text/__overlay__": [:],
      ]) == """
        o.dtbo:/none: error: none has no target: neither 'target' nor 'target-path' is there [overlay-target]
        o.dtbo:/long:target: error: long has a target of 8 bytes; a phandle is one cell of 4 bytes [overlay-target]
        o.dtbo:/open:target: error: open has a target that nothing fills in: __fixups__ does not name it [overlay-target]
        o.dtbo:/phandle:target: error: phandle targets the phandle 0x4, which no node of base.dtb has [overlay-target]
        o.dtbo:/path:target-path: error: path targets '/soc/uart@2', and /soc of base.dtb has no node 'uart@2' [overlay-target]
          hint: did you mean 'uart@1'?
        o.dtbo:/alias:target-path: error: alias targets 'serial1', which is neither a full path nor an alias of base.dtb [overlay-target]
        o.dtbo:/text:target-path: error: text has a target path that is no text [overlay-target]

        """)
  }

  @Test func fixupsThatMeanNoPlaceInTheOverlay() {
    let entries = [
      "", "x", "/fragment@0/__overlay__:p", "fragment@0/__overlay__:p:0", "/fragment@0/__overlay__::0",
      "/fragment@0/__overlay__:p:", "/fragment@0/__overlay__:p:-4", "/fragment@0/__overlay__:p:4x",
      "/fragment@0/__overlay__:p:99999999999999999999", "/fragment@0/__overlay__:p:0:0",
    ]
    #expect(
      board.refusal(of: [
        "/fragment@0": ["target-path": .string("/")], "/fragment@0/__overlay__": ["p": .cell(1)],
        "/__fixups__": ["uart": .strings(entries)],
      ])
        == entries.map {
          """
          o.dtbo:/__fixups__:uart: error: __fixups__ puts the label 'uart' at '\($0)', and that is not of the form \
          '/path:property:offset' [overlay-fixup]

          """
        }.joined())
    #expect(
      board.refusal(of: [
        "/fragment@0": ["target-path": .string("/")], "/fragment@0/__overlay__": ["p": .cells([1, 2]), "e": .empty],
        "/__fixups__": [
          "uart": .strings([
            "/fragment@1/__overlay__:p:0", "/fragment@0/__overlay__:q:0", "/fragment@0/__overlay__:p:5",
            "/fragment@0/__overlay__:e:0",
          ]),
          "bus": .empty, "other": PropertyValue(bytes: [0x2F]),
        ],
      ]) == """
        o.dtbo:/__fixups__:uart: error: __fixups__ puts the label 'uart' at '/fragment@1/__overlay__:p:0', and the overlay has no \
        such node [overlay-fixup]
        o.dtbo:/__fixups__:uart: error: __fixups__ puts the label 'uart' at '/fragment@0/__overlay__:q:0', and that node of fragment@0 \
        has no property 'q' [overlay-fixup]
        o.dtbo:/__fixups__:uart: error: __fixups__ puts the label 'uart' at '/fragment@0/__overlay__:p:5', and that property of \
        fragment@0 has 8 bytes, which leaves no room for a phandle there [overlay-fixup]
        o.dtbo:/__fixups__:uart: error: __fixups__ puts the label 'uart' at '/fragment@0/__overlay__:e:0', and that property of \
        fragment@0 has 0 bytes, which leaves no room for a phandle there [overlay-fixup]
        o.dtbo:/__fixups__:bus: error: __fixups__ has no list of strings for the label 'bus', which would say where its phandle belongs \
        [overlay-fixup]
        o.dtbo:/__fixups__:other: error: __fixups__ has no list of strings for the label 'other', which would say where its phandle \
        belongs [overlay-fixup]
        o.dtbo: error: the overlay refers to the label 'other', which base.dtb does not define [overlay-label]

        """)
  }

  @Test func localFixupsThatMeanNoPlaceInTheOverlay() {
    #expect(
      board.refusal(of: [
        "/fragment@0": ["target-path": .string("/")],
        "/fragment@0/__overlay__": ["p": .cell(1), "q": .cell(1)],
        "/__local_fixups__/fragment@0/__overlay__": ["p": .cell(1), "q": PropertyValue(bytes: [0, 0]), "r": .cell(0)],
        "/__local_fixups__/fragment@0/__overlay__/x": [:],
      ]) == """
        o.dtbo:/fragment@0/__overlay__:p: error: __local_fixups__ puts a phandle at byte 1 of 'p', which has 4 bytes [overlay-fixup]
        o.dtbo:/fragment@0/__overlay__:q: error: __local_fixups__ lists offsets as cells of 4 bytes, and this list has 2 bytes \
        [overlay-fixup]
        o.dtbo:/fragment@0/__overlay__:r: error: __local_fixups__ names the property 'r' of /fragment@0/__overlay__, which has none of \
        that name [overlay-fixup]
        o.dtbo:/__local_fixups__/fragment@0/__overlay__/x: error: __local_fixups__ names /fragment@0/__overlay__/x, which is not in the \
        overlay [overlay-fixup]

        """)
  }

  @Test func phandlesThatCannotBe() {
    var base = board
    base.addChild("high", to: base.root)
    base.set("phandle", .cell(0xFFFF_FFF0), on: base.addChild("last", to: base.root))
    #expect(
      base.refusal(of: [
        "/fragment@0": ["target-path": .string("/")],
        "/fragment@0/__overlay__/a": ["phandle": .cell(0xF)],
        "/fragment@0/__overlay__/b": ["phandle": .cell(0)],
        "/fragment@0/__overlay__/c": ["linux,phandle": .cells([1, 2])],
        "/fragment@0/__overlay__/d": ["phandle": .cell(0xE)],
      ]) == """
        o.dtbo:/fragment@0/__overlay__/a:phandle: error: the phandle 0xf cannot be numbered on from 0xfffffff0, the largest of the base \
        tree: the last possible one is 0xfffffffe [overlay-phandle]
        o.dtbo:/fragment@0/__overlay__/b:phandle: error: 0x0 cannot be a phandle [overlay-phandle]
        o.dtbo:/fragment@0/__overlay__/c:linux,phandle: error: a phandle is one cell of 4 bytes, and this one has 8 [overlay-phandle]

        """)
  }

  @Test func whatIsNoOverlay() {
    #expect(
      board.refusal(of: ["/": ["model": .string("x")], "/soc": [:]]) == """
        o.dtbo: error: this is no overlay: no node of its root holds an '__overlay__' [overlay-format]
          hint: the base tree comes first; the source of an overlay begins with '/dts-v1/; /plugin/;'

        """)
    #expect(
      board.refusal(of: ["/fragment@3": ["target-path": .string("/soc")], "/fragment@3/overlay": [:]]) == """
        o.dtbo:/fragment@3: error: fragment@3 has no '__overlay__' node, which would hold what is to be merged [overlay-fragment]

        """)
  }

  @Test func labelsOfTheOverlayThatMeanNoPlace() {
    #expect(
      board.refusal(of: [
        "/fragment@0": ["target-path": .string("/")], "/fragment@0/__overlay__": [:],
        "/__symbols__": [
          "a": .string("fragment@0/__overlay__"), "b": .empty, "c": .strings(["/fragment@0/__overlay__", "x"]),
          "d": .string("/fragment@1/__overlay__/x"), "e": .string("/__symbols__/__overlay__"),
        ],
      ]) == """
        o.dtbo:/__symbols__:a: error: the overlay's own label 'a' is no full path [overlay-symbol]
        o.dtbo:/__symbols__:b: error: the overlay's own label 'b' is no full path [overlay-symbol]
        o.dtbo:/__symbols__:c: error: the overlay's own label 'c' is no full path [overlay-symbol]
        o.dtbo:/__symbols__:d: error: the overlay's own label 'd' is in 'fragment@1', which is no fragment [overlay-symbol]
        o.dtbo:/__symbols__:e: error: the overlay's own label 'e' is in '__symbols__', which is no fragment [overlay-symbol]

        """)
  }

  @Test func whatFollowsFromAnotherErrorIsNotTold() {
    #expect(
      board.refusal(
        of: [
          "/fragment@0": ["target": .open], "/fragment@0/__overlay__/x": ["phandle": .cell(1)],
          "/__fixups__": ["gone": .string("/fragment@0:target:0")],
          "/__symbols__": ["x": .string("/fragment@0/__overlay__/x")],
        ],
        [
          "/fragment@4": ["target": .open], "/fragment@4/__overlay__": ["link": .open],
          "/__fixups__": [
            "x": .string("/fragment@4:target:0"), "lost": .string("/fragment@4/__overlay__:link:0"),
          ],
        ]) == """
          o1.dtbo:/fragment@0:target: error: fragment@0 refers to the label 'gone', which base.dtb does not define [overlay-label]
          o2.dtbo:/fragment@4/__overlay__:link: error: fragment@4 refers to the label 'lost', which neither base.dtb nor an earlier overlay \
          defines [overlay-label]

          """)
  }

  @Test func aHundredErrorsAreEnough() {
    var overlay = DeviceTree()
    for number in 0..<150 {
      let fragment = overlay.addChild("fragment@\(number)", to: overlay.root)
      overlay.addChild("__overlay__", to: fragment)
    }
    var tree = board
    let failure = #expect(throws: Failure.self) { try tree.apply(overlay: overlay, named: "o.dtbo") }
    #expect(failure?.diagnostics.count == 101)
    #expect(
      failure?.diagnostics.last
        == .error(
          "overlay-limit", "more than 100 errors: the rest is not looked at", at: Place(file: "o.dtbo")))
  }

  @Test func aPlaceInASourceIsItsLine() {
    var overlay = DeviceTree([
      "/fragment@0": ["target": .cell(9)], "/fragment@0/__overlay__": [:],
    ])
    if let fragment = overlay.node(at: "/fragment@0") {
      overlay[fragment].properties[0].location = SourceLocation(file: "o.dts", line: 4, column: 1)
    }
    var tree = board
    let failure = #expect(throws: Failure.self) { try tree.apply(overlay: overlay, named: "o.dts") }
    #expect(failure?.diagnostics.first?.place.description == "o.dts:4:1")
    #expect(
      failure?.diagnostics.first?.message == "fragment@0 targets the phandle 0x9, which no node of the base tree has")
  }
}
