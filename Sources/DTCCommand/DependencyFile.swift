// SPDX-License-Identifier: Apache-2.0

/// The line for make that names the files from which an output was made.
enum DependencyFile {
  static func text(output: String, inputs: [String]) -> String {
    escaped(output) + ":" + inputs.map { " " + escaped($0) }.joined() + "\n"
  }

  /// A blank in a name is written with a backslash, else make takes it for the end of the name.
  private static func escaped(_ name: String) -> String {
    var text = ""
    for character in name.unicodeScalars {
      if character == " " { text += "\\" }
      text.unicodeScalars.append(character)
    }
    return text
  }
}
