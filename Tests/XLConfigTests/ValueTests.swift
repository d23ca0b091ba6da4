// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Testing
import XLConfig

@Suite struct ValueTests {
  private func integer(_ text: String) throws -> Int64? { try config("a = \(text)\n").integer("a") }

  private func refusal(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch let diagnostic as Diagnostic {
      return diagnostic.message
    } catch {
      return "\(error)"
    }
  }

  @Test func numbersAreDecimalOctalAndHexadecimal() throws {
    #expect(try integer("128") == 128)
    #expect(try integer("010") == 8)
    #expect(try integer("0x1f") == 31)
    #expect(try integer("\" \\t-0X1F\"") == -31)
    #expect(try integer("'+5'") == 5)
    #expect(try integer("0") == 0)
  }

  @Test func numbersHave63BitsAndASign() throws {
    #expect(try integer("9223372036854775807") == .max)
    #expect(try integer("'-9223372036854775808'") == .min)
    #expect(try integer("0777777777777777777777") == .max)
    let message = "parameter `a' could not be parsed as a number: Numerical result out of range"
    for text in ["9223372036854775808", "'-9223372036854775809'", "0xffffffffffffffff", "'99999999999999999999x'"] {
      #expect(refusal { _ = try integer(text) } == message)
    }
  }

  @Test(arguments: ["08", "0x", "1a", "''", "' '", "'5 '", "'- 5'", "'--5'", "'0b1'", "'true'"])
  func whatIsNoNumberIsRefused(_ text: String) {
    #expect(refusal { _ = try integer(text) } == "parameter `a' is not a valid number")
  }

  @Test func boundsAreHeld() throws {
    let config = try config("a = 5\n")
    #expect(try config.integer("a", in: 5...5) == 5)
    #expect(refusal { _ = try config.integer("a", in: 6...9) } == "value `5' is smaller than minimum bound '6'")
    #expect(refusal { _ = try config.integer("a", in: 1...4) } == "value `5' is greater than maximum bound '4'")
  }

  @Test func everyNumberButZeroIsTrue() throws {
    let config = try config("a = 0\nb = 1\nc = '-7'\n")
    #expect(try config.boolean("a") == false)
    #expect(try config.boolean("b") == true)
    #expect(try config.boolean("c") == true)
    #expect(try config.boolean("d") == nil)
  }

  @Test func aValueOfTheOtherKindIsRefusedInXLsWords() throws {
    let config = try config("text = 'x'\nlist = [ 'x' ]\n")
    let isList = "parameter `list' is a list but should be a single value"
    #expect(refusal { _ = try config.string("list") } == isList)
    #expect(refusal { _ = try config.integer("list") } == isList)
    #expect(refusal { _ = try config.boolean("list") } == isList)
    #expect(refusal { _ = try config.list("text") } == "parameter `text' is a single value but should be a list")
    #expect(try config.string("text") == "x")
    #expect(try config.list("list")?.map(\.text) == ["x"])
  }

  @Test func aRefusalPointsAtTheValue() throws {
    let config = try config("name = 'g'\n  memory = 'much'\n")
    do {
      _ = try config.integer("memory")
      Issue.record("a text was taken for a number")
    } catch {
      #expect(error.place.description == "g.cfg:2:12")
      #expect(error.rule == "xl-type")
    }
  }

  @Test func whatIsNotSetIsNil() throws {
    let config = try config("")
    #expect(try config.string("a") == nil)
    #expect(try config.bytes("a") == nil)
    #expect(try config.integer("a") == nil)
    #expect(try config.list("a") == nil)
    #expect(config["a"] == nil)
  }

  @Test func aTextThatIsNotUTF8IsGivenAsBytesOnly() throws {
    let source = SourceText(name: "g.cfg", bytes: Array("a = '".utf8) + [0xFF] + Array("'\n".utf8))
    let config = try XLConfig(reading: source)
    #expect(try config.bytes("a") == [0xFF])
    #expect(refusal { _ = try config.string("a") } == "parameter `a' is not UTF-8 text")
  }
}
