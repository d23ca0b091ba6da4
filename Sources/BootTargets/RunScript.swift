// SPDX-License-Identifier: Apache-2.0

/// `run.sh`, which starts a system in QEMU: writing it, and reading its arguments back.
enum RunScript {
  private static let opening = """
    #!/bin/sh
    # Starts this system in QEMU. Further arguments go to QEMU; QEMU=PROGRAM takes another QEMU.
    set -eu
    CDPATH= cd -- "$(dirname -- "$0")"
    QEMU=${QEMU:-\(QEMUCommand.program)}
    exec "$QEMU"
    """
  private static let closing = " \\\n  \"$@\"\n"

  static func text(_ command: QEMUCommand, _ boot: DirectBoot) -> [UInt8] {
    var text = opening
    for argument in command.arguments + boot.arguments {
      // An option starts a line, and its value follows.
      text += (argument.hasPrefix("-") ? " \\\n  " : " ") + quoted(argument)
    }
    return Array((text + closing).utf8)
  }

  /// The arguments that the script gives to QEMU, or nil when it is no script of ours.
  static func arguments(of script: [UInt8]) -> [String]? {
    let text = String(decoding: script, as: UTF8.self)
    guard text.hasPrefix(opening), text.hasSuffix(closing) else { return nil }
    return words(text.dropFirst(opening.count).dropLast(closing.count))
  }

  /// A word as the shell has to see it.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", ",", "=", "+", "/", ":": true
      default: false
      }
    }
    guard !isPlain || word.isEmpty else { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
  }

  /// Splits as the shell does, as far as `quoted` goes; nil at anything else.
  private static func words(_ text: Substring) -> [String]? {
    var words: [String] = []
    var word: String?
    var characters = text.makeIterator()
    while let character = characters.next() {
      switch character {
      case " ", "\n":
        if let finished = word { words.append(finished) }
        word = nil
      case "\\":
        guard let next = characters.next() else { return nil }
        if next != "\n" { word = (word ?? "") + String(next) }
      case "'":
        var part = ""
        while let inside = characters.next(), inside != "'" { part.append(inside) }
        word = (word ?? "") + part
      case "\"", "$", "`", ";", "&", "|", "<", ">", "(", ")": return nil
      default: word = (word ?? "") + String(character)
      }
    }
    if let finished = word { words.append(finished) }
    return words
  }
}
