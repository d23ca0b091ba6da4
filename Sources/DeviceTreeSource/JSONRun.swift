// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree

/// Bytes of a value that JSON gives in one form.
struct JSONRun {
  enum Form: Equatable {
    case strings, bytes
    /// Numbers of so many bytes each.
    case cells(Int)
  }

  var bytes: Range<Int>
  var form: Form

  /// The runs of a value: one for each form in which a source wrote a part of it, or one for all bytes of a blob's.
  static func runs(of property: DeviceTree.Property) -> [JSONRun] {
    let value = property.value
    var runs: [JSONRun] = []
    var start = 0
    var written: PropertyValue.Form?
    func end(at end: Int) {
      guard start < end else { return }
      let form = form(of: value.bytes[start..<end], written: written, in: property.name)
      // Strings that follow each other are one list.
      if form == .strings, let last = runs.last, last.form == .strings {
        runs[runs.count - 1].bytes = last.bytes.lowerBound..<end
      } else {
        runs.append(JSONRun(bytes: start..<end, form: form))
      }
    }
    for mark in value.marks {
      let form: PropertyValue.Form?
      switch mark.kind {
      case .form(let named): form = named
      case .path: form = nil
      case .label, .phandle, .phandleOf: continue
      }
      let offset = min(max(mark.offset, start), value.bytes.count)
      end(at: offset)
      (start, written) = (offset, form)
    }
    end(at: value.bytes.count)
    return runs
  }

  /// The form that was written where the bytes fit it, else the one that they look like.
  private static func form(
    of bytes: ArraySlice<UInt8>, written: PropertyValue.Form?, in property: String
  ) -> Form {
    switch written {
    case .string where bytes.last == 0 && String(validating: bytes, as: UTF8.self) != nil: return .strings
    case .cells16 where bytes.count % 2 == 0: return .cells(2)
    case .cells32 where bytes.count % 4 == 0: return .cells(4)
    case .cells64 where bytes.count % 8 == 0: return .cells(8)
    case nil: return guess(bytes, in: property)
    default: return .bytes
    }
  }

  private static func guess(_ bytes: ArraySlice<UInt8>, in property: String) -> Form {
    switch unsafe bytes.withUnsafeBufferPointer({ unsafe PropertyValue.guess($0, isLikeDtc: false) }) {
    case .string:
      guard bytes.count % 4 == 0, !hasLongString(bytes) else { return .strings }
      // Either reading gives the same bytes; which one is meant is for the name to say.
      if StandardProperty.isText(property) { return .strings }
      if StandardProperty.isCells(property) { return .cells(4) }
      return areWords(bytes) ? .strings : .bytes
    case .cells32: return .cells(4)
    default: return .bytes
    }
  }

  /// Whether each string is a word such as `off`: an address that spells one is still rarer.
  private static func areWords(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false).allSatisfy { string in
      (string.first.map { isLowerCase($0) } ?? false)
        && string.allSatisfy { isLowerCase($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
  }

  private static func isLowerCase(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

  /// Whether four bytes in a row are letters: few numbers are that.
  private static func hasLongString(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.split(separator: 0).contains { $0.count >= 4 }
  }
}

/// Which of the properties that the specification describes (2.3, 3 and 4) hold text, and which hold cells.
private enum StandardProperty {
  private static let text: Set<String> = [
    "compatible", "model", "status", "device_type", "label", "name", "bootargs", "stdout-path", "stdin-path",
    "phy-mode", "phy-connection-type", "enable-method",
  ]

  private static let cells: Set<String> = [
    "phandle", "linux,phandle", "reg", "virtual-reg", "ranges", "dma-ranges", "interrupts", "interrupts-extended",
    "interrupt-parent", "interrupt-map", "interrupt-map-mask", "clock-frequency", "timebase-frequency", "clocks",
  ]

  static func isText(_ name: String) -> Bool { text.contains(name) || name.hasSuffix("-names") }

  static func isCells(_ name: String) -> Bool {
    cells.contains(name) || (name.utf8.first == UInt8(ascii: "#") && name.hasSuffix("-cells"))
  }
}
