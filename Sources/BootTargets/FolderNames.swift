// SPDX-License-Identifier: Apache-2.0

/// Gives out file names of one folder, each once.
///
/// FAT does not tell upper from lower case. Blanks, commas, `#`, quotes and the like each mean something to QEMU's options,
/// to U-Boot's shell or to Xen's configuration file, none of which can quote all of them, so they are replaced.
struct FolderNames {
  /// Names that the back ends write themselves, in lower case.
  private static let own: Set<String> = ["boot.dtb", "run.sh", "boot.cmd", "boot.scr", "bootaa64.efi", "bootaa64.cfg"]
  private static let longest = 100

  private var taken = own
  /// The last number given out. It only grows, so that many files of one name cost no more than as many of different ones.
  private var number = 1

  /// The name for a file: `name` itself if it can be, else `prefix-name`, else that with a number in front.
  mutating func take(_ name: String, prefix: String) -> String {
    let plain = Self.carried(name)
    let prefixed = Self.carried("\(prefix)-\(name)")
    for candidate in [plain, prefixed] where taken.insert(candidate.lowercased()).inserted { return candidate }
    while true {
      number += 1
      // The number stands first, so that no cut takes it away.
      let candidate = Self.carried("\(number)-\(prefix)-\(name)")
      if taken.insert(candidate.lowercased()).inserted { return candidate }
    }
  }

  /// The name with `_` for everything that a flow might trip over.
  static func carried(_ name: String) -> String {
    var bytes = name.unicodeScalars.prefix(longest).map { scalar in
      isHarmless(scalar) ? UInt8(truncatingIfNeeded: scalar.value) : UInt8(ascii: "_")
    }
    // A leading dash looks like an option, a leading dot hides the file, and FAT drops a dot at the end.
    if let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: ".") {
      bytes[0] = UInt8(ascii: "_")
    }
    if bytes.last == UInt8(ascii: ".") { bytes[bytes.count - 1] = UInt8(ascii: "_") }
    return bytes.isEmpty ? "file" : String(decoding: bytes, as: UTF8.self)
  }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_", "+": true
    default: false
    }
  }
}
