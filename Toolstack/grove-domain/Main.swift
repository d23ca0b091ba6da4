// SPDX-License-Identifier: Apache-2.0
internal import CXen

/// `grove-domain start`: starts a domain from a bundle, shows what it says, and leaves nothing behind.
@c(main)
public func main(_ count: Int32, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
  var output = Stream(1)
  var errors = Stream(2)
  guard let options = unsafe Options(Int(count), words) else {
    errors.write(Options.usage)
    errors.flush()
    return 2
  }
  if options.asksForHelp {
    output.write(Options.usage)
    output.flush()
    return 0
  }
  do throws(Failure) {
    let ending = options.lists ? try list(&output) : try Run(options).start(&output)
    output.flush()
    return ending
  } catch {
    output.flush()
    errors.write("grove-domain: error: ")
    error.write(to: &errors)
    errors.write("\n")
    errors.flush()
    return 1
  }
}

struct Options {
  static let usage: StaticString = """
    usage: grove-domain start BUNDLE [--name NAME] [--timeout SECONDS] [--raw]
           grove-domain list

      BUNDLE             a folder that grove guest bundle wrote
      --name NAME        what stands in front of the domain's lines; the folder's name unless given
      --timeout SECONDS  destroys a domain that runs for longer
      --raw              lets the domain's control characters through to the terminal

    start runs in dom0 and stays until the domain has shut down. The exit status is 0 when the domain powered off, 1 when it could not be
    started or ended in another way, 2 for wrong usage. list names every domain by its number, with its CPUs and its memory.

    """

  var bundle: [UInt8] = []
  var name: [UInt8]?
  var timeout: UInt64?
  var isRaw = false
  var asksForHelp = false
  var lists = false

  /// Nil for wrong usage.
  init?(_ count: Int, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) {
    var all: [[UInt8]] = []
    for index in 1..<max(count, 1) {
      guard let word = unsafe words[index] else { return nil }
      var bytes: [UInt8] = []
      for at in 0..<(unsafe strlen(word)) { bytes.append(UInt8(bitPattern: unsafe word[at])) }
      all.append(bytes)
    }
    var places: [[UInt8]] = []
    var at = 0
    while at < all.count {
      let word = all[at]
      at += 1
      if word.isSame(as: "--help") || word.isSame(as: "-h") {
        asksForHelp = true
        return
      } else if word.isSame(as: "--raw") {
        isRaw = true
      } else if word.isSame(as: "--name") || word.isSame(as: "--timeout") {
        guard at < all.count else { return nil }
        if word.isSame(as: "--name") { name = all[at] } else { timeout = Self.number(all[at]) }
        if word.isSame(as: "--timeout"), timeout == nil { return nil }
        at += 1
      } else if word.first == UInt8(ascii: "-") {
        return nil
      } else {
        places.append(word)
      }
    }
    lists = places.count == 1 && places[0].isSame(as: "list")
    if lists { return }
    guard places.count == 2, places[0].isSame(as: "start"), !places[1].isEmpty else { return nil }
    bundle = places[1]
  }

  private static func number(_ bytes: [UInt8]) -> UInt64? {
    guard !bytes.isEmpty, bytes.count <= 9 else { return nil }
    var value: UInt64 = 0
    for byte in bytes {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
    }
    return value
  }
}
