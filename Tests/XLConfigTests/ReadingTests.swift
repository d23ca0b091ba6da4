// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Testing
import XLConfig

@Suite struct ReadingTests {
  /// What a file with one setting sets it to.
  private func value(_ text: String) throws -> String {
    let config = try config(text)
    try #require(config.settings.count == 1)
    return notation(config.settings[0].value)
  }

  @Test func textsStandInQuotesOfBothKinds() throws {
    #expect(try value(#"a = "it's""#) == #""it's""#)
    #expect(try value(#"a = 'say "x"'"#) == #""say \x22x\x22""#)
    #expect(try value("a = \"# no comment; [ ] \"\n") == "\"# no comment; [ ] \"")
  }

  @Test func escapesAreThoseOfC() throws {
    #expect(try value(#"a = "\a\b\t\n\v\f\r""#) == #""\x07\x08\x09\x0A\x0B\x0C\x0D""#)
    #expect(try value(#"a = "\"\'\\""#) == #""\x22'\x5C""#)
    #expect(try value(#"a = '\"\'\\'"#) == #""\x22'\x5C""#)
  }

  @Test func anOctalEscapeLeavesNothingAndIsWarnedOf() throws {
    #expect(try value(#"a = "b\101c\062d""#) == #""bcd""#)
    // Up to four digits go, of any kind, and what strtol() skips before them.
    #expect(try value(#"a = "\12345""#) == #""5""#)
    #expect(try value(#"a = "\1 -9z""#) == #""z""#)
    #expect(
      said(about: #"a = "b\101""#) == """
        g.cfg:1:7: warning: xl takes this octal escape out of the text and puts no character in its place [xl-escape]
            1 | a = "b\\101"
              |       ^
          hint: write the character itself

        """)
  }

  @Test func numbersAreTextsUntilSomebodyAsks() throws {
    #expect(try value("a = 0x1f") == #""0x1f""#)
    #expect(try value("a = 08") == #""08""#)
    #expect(try value("a = 0x") == #""0x""#)
    #expect(try value("a = 1fx2") == #""1fx2""#)
    #expect(try value("a = 99999999999999999999") == #""99999999999999999999""#)
  }

  @Test func listsMayStandInListsAndOverLines() throws {
    #expect(try value("a = [ 1, \"b\", [ 2, [ ] ], ]") == #"["1","b",["2",[]]]"#)
    #expect(try value("a = [ # one\n1 # two\n, # three\n\n2\n] # four\n") == #"["1","2"]"#)
  }

  @Test func settingsEndWithLinesAndSemicolons() throws {
    let config = try config("name=\"h0\"; type=\"pvh\" ;;\n\n ; vif.default.bridge = 'b' # c\n#\n\tmem_2\t=\t1")
    #expect(config.settings.map(\.name) == ["name", "type", "vif.default.bridge", "mem_2"])
  }

  @Test func anEmptyFileIsAConfiguration() throws {
    #expect(try config("").settings.isEmpty)
    #expect(try config(" \n\n# nothing\n").settings.isEmpty)
  }

  @Test func everyValueKnowsItsPlace() throws {
    let config = try config("name = \"g\"\nirqs = [ 34,\n  [ 35 ] ]\n")
    let irqs = try #require(config["irqs"])
    #expect(irqs.nameLocation == SourceLocation(file: "g.cfg", line: 2, column: 1, endColumn: 4))
    #expect(irqs.value.location.line == 2)
    #expect(irqs.value.location.column == 8)
    let inner = try #require(irqs.value.elements?.last?.elements?.first)
    #expect(inner.location == SourceLocation(file: "g.cfg", line: 3, column: 5, endColumn: 6))
  }

  @Test func columnsCountCharacters() throws {
    let config = try config("a = \"\u{E9}\u{4E2D}\"; b = 1\n")
    #expect(config["b"]?.nameLocation.column == 11)
  }

  @Test func bytesThatAreNoTextAreKept() throws {
    let source = SourceText(name: "g.cfg", bytes: Array("a = \"".utf8) + [0xFF, 0x80] + Array("\"\n".utf8))
    #expect(try XLConfig(reading: source)["a"]?.value.bytes == [0xFF, 0x80])
  }

  // MARK: - Settings that are set again

  @Test func theLastAssignmentCountsInThePlaceOfTheFirst() throws {
    let config = try config("memory = 1\nvcpus = 2\nmemory = [ 3 ]\n")
    #expect(config.settings.map(\.name) == ["memory", "vcpus"])
    #expect(config["memory"].map { notation($0.value) } == #"["3"]"#)
    #expect(
      said(about: "memory = 1\nmemory = 2\n") == """
        g.cfg:2:1: warning: `memory` is set again: this value counts, the one before does not [xl-duplicate]
            2 | memory = 2
              | ^~~~~~
        g.cfg:1:1: note: `memory` was set here
            1 | memory = 1
              | ^~~~~~

        """)
  }

  @Test func listsAreJoinedByPlusEquals() throws {
    #expect(try value("a += [ 1 ]\na += [ 2, 3 ]\n") == #"["1","2","3"]"#)
    #expect(said(about: "a += [ 1 ]\na += [ 2, 3 ]\n").isEmpty)
  }

  @Test func textsAreJoinedByPlusEqualsWithAWarning() throws {
    #expect(try value("a = 1\na += '2'\n") == #""12""#)
    #expect(
      said(about: "extra = \"a\"\nextra += \"b\"\n") == """
        g.cfg:2:1: warning: xl puts texts together as they are, with a warning: `extra` is now "ab" [xl-append]
            2 | extra += "b"
              | ^~~~~
          hint: `+=` is for lists

        """)
  }

  // MARK: - What is wrong

  @Test(arguments: WrongFiles.names)
  func aWrongFileIsExplained(_ name: String) throws {
    #expect(try said(about: WrongFiles.bytes(name), named: name + ".cfg") == WrongFiles.expectation(name))
  }

  @Test func thereAreWrongFilesEnough() {
    #expect(WrongFiles.names.count >= 30)
  }

  @Test func aLastByteThatMeansNothingIsDroppedAsByXL() throws {
    #expect(try value("memory = 12M") == #""12""#)
    #expect(
      said(about: "memory = 12M") == """
        g.cfg:1:12: warning: xl drops the last byte of this file, `M`, as if it were not there [xl-last-byte]
            1 | memory = 12M
              |            ^
          hint: remove it

        """)
  }

  @Test func aFileThatIsTooLargeIsRefused() {
    let bytes = [UInt8](repeating: UInt8(ascii: "\n"), count: (1 << 20) + 1)
    #expect(said(about: bytes) == "g.cfg: error: the configuration is larger than 1 MiB [xl-limit]\n")
  }

  /// Copying what is there for each line would take hours.
  @Test func addingInEachLineOfALargeFileCopiesNothing() throws {
    let lists = try config(String(repeating: "a+=[1]\n", count: 100_000))
    #expect(lists["a"]?.value.elements?.count == 100_000)
    #expect(lists["a"]?.nameLocation.line == 100_000)
    let texts = try config(String(repeating: "a+=12\n", count: 100_000))
    #expect(texts["a"]?.value.bytes?.count == 200_000)
  }

  @Test func aHundredWarningsAreKept() throws {
    let config = try config(String(repeating: "a=1\n", count: 50_000))
    #expect(config.warnings.count == 100)
    #expect(config.settings.count == 1)
  }

  @Test func theLargestFilesAreReadInOneGo() throws {
    let wide = "a = [" + String(repeating: "1,", count: 200_000) + "]"
    #expect(try config(wide)["a"]?.value.elements?.count == 200_000)
    let many = (0..<20_000).map { "a\($0) = \(10_000 + $0)\n" }.joined()
    #expect(try config(many).settings.count == 20_000)
    let deep = "a = " + String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000)
    #expect(try config(deep)["a"]?.value.elements?.count == 1)
  }
}
