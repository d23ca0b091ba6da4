// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import XLConfig

/// Reads bytes as a configuration of xl and asks it for values of every kind. What is read, written anew and read again,
/// is the same.
func readConfiguration(_ bytes: [UInt8]) {
  let source = SourceText(name: "f.cfg", bytes: bytes)
  let printer = DiagnosticPrinter(sources: [source])
  let config: XLConfig
  do throws(Failure) {
    config = try XLConfig(reading: source)
  } catch {
    hold(error.diagnostics.hasErrors, "a file is refused without an error")
    for diagnostic in error.diagnostics { judge(diagnostic, in: bytes) }
    _ = printer.text(error.diagnostics)
    return
  }
  hold(!config.warnings.hasErrors, "a file is read in spite of an error")
  for diagnostic in config.warnings { judge(diagnostic, in: bytes) }
  _ = printer.text(config.warnings)

  var written: [UInt8] = []
  for setting in config.settings {
    let name = setting.name
    hold(config[name] == setting, "a setting is not found by its name")
    let isList = (try? config.list(name)) != nil
    hold(isList == (setting.value.elements != nil), "a list is not given as one")
    hold(isList != ((try? config.bytes(name)) != nil), "a text is not given as one")
    let number = try? config.integer(name)
    hold((try? config.boolean(name)) == number.map { $0 != 0 }, "a number is no truth")
    written += Array("\(name) = ".utf8) + notation(setting.value) + Array("\n".utf8)
  }
  guard written.count <= 1 << 20 else { return }
  guard let again = try? XLConfig(reading: SourceText(name: "f.cfg", bytes: written)) else {
    violated("what was read cannot be read when it is written anew")
  }
  hold(
    again.settings.map { [Array($0.name.utf8), notation($0.value)] }
      == config.settings.map { [Array($0.name.utf8), notation($0.value)] }, "what was read is another when written anew"
  )
}

private func judge(_ diagnostic: Diagnostic, in bytes: [UInt8]) {
  hold(!diagnostic.message.isEmpty, "an error without a message")
  for place in [diagnostic.place] + diagnostic.notes.map(\.place) {
    guard let location = place.location else { continue }
    let lines = 1 + bytes.count { $0 == 0x0A }
    hold((1...lines).contains(Int(location.line)), "a line that the file does not have")
    hold((1...bytes.count + 1).contains(Int(location.column)), "a column before or behind every line")
  }
}

/// The value as a configuration says it.
private func notation(_ value: XLConfig.Value) -> [UInt8] {
  if let elements = value.elements {
    return [UInt8(ascii: "[")] + elements.flatMap { notation($0) + [UInt8(ascii: ",")] } + [UInt8(ascii: "]")]
  }
  var text: [UInt8] = [UInt8(ascii: "\"")]
  for byte in value.bytes ?? [] {
    switch byte {
    case 0x0A: text += Array("\\n".utf8)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
    default: text.append(byte)
    }
  }
  return text + [UInt8(ascii: "\"")]
}
