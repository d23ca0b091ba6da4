// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

/// `boot.cmd`: U-Boot's commands, written, and read back.
public struct UBootCommands: Hashable, Sendable {
  /// A file that is loaded.
  public struct Step: Hashable, Sendable {
    public var file: String
    public var address: UInt64
    /// Bytes that the file must have.
    public var size: Int

    public init(file: String, address: UInt64, size: Int) {
      self.file = file
      self.address = address
      self.size = size
    }
  }

  public var steps: [Step]
  /// Where Xen and its tree are among what is loaded.
  public var xen: UInt64
  public var tree: UInt64

  /// The script. A step that fails is told at once, and nothing is started then: the `exit` command of some U-Boots (2023.01)
  /// does not end a script, so the last lines ask a variable.
  public var text: String {
    var text = """
      # Loads this system and starts Xen. U-Boot reads boot.scr, which holds this text.
      setenv grove_failed

      """
    for step in steps {
      let size = String(step.size, radix: 16)
      text += """

        if load ${devtype} ${devnum}:${distro_bootpart} \(hex(step.address)) ${prefix}\(step.file); then
          if test "${filesize}" != "\(size)"; then
            echo "grove: \(step.file) has 0x${filesize} bytes; it had 0x\(size) when this script was made"
            setenv grove_failed yes
          fi
        else
          echo "grove: \(step.file) cannot be loaded"
          setenv grove_failed yes
        fi

        """
    }
    text += """

      if test -n "${grove_failed}"; then
        echo "grove: Xen is not started"
      else
        setenv fdt_high 0xffffffffffffffff
        setenv initrd_high 0xffffffffffffffff
        booti \(hex(xen)) - \(hex(tree))
        echo "grove: Xen could not be started"
      fi

      """
    return text
  }

  public init(steps: [Step], xen: UInt64, tree: UInt64) {
    self.steps = steps
    self.xen = xen
    self.tree = tree
  }

  /// Reads the steps out of a script; nil when a line that matters is not as `text` writes it.
  init?(reading text: String) {
    steps = []
    xen = 0
    tree = 0
    var pending: (file: String, address: UInt64)?
    var isStarted = false
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let first = words.first else { continue }
      switch first {
      case "if" where words.dropFirst().first == "load":
        guard pending == nil, words.count == 7, words[2] == "${devtype}", words[3] == "${devnum}:${distro_bootpart}",
          let address = Self.number(words[4]), words[5].hasPrefix("${prefix}"), words[5].hasSuffix(";"),
          words[6] == "then"
        else { return nil }
        pending = (String(words[5].dropFirst("${prefix}".count).dropLast()), address)
      case "if" where words.dropFirst().first == "test" && line.contains("filesize"):
        guard let file = pending, words.count == 6, words[3] == "!=", words[4].hasPrefix("\""),
          words[4].hasSuffix("\";"),
          let size = Int(words[4].dropFirst().dropLast(2), radix: 16)
        else { return nil }
        steps.append(Step(file: file.file, address: file.address, size: size))
        pending = nil
      case "booti":
        guard !isStarted, words.count == 4, words[2] == "-", let xen = Self.number(words[1]),
          let tree = Self.number(words[3])
        else { return nil }
        self.xen = xen
        self.tree = tree
        isStarted = true
      default: continue
      }
    }
    guard isStarted, pending == nil else { return nil }
  }

  private static func number(_ word: Substring) -> UInt64? {
    guard word.hasPrefix("0x") else { return nil }
    return UInt64(word.dropFirst(2), radix: 16)
  }
}
