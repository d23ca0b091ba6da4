// SPDX-License-Identifier: Apache-2.0
import BootLog
import Foundation
import Testing

/// The bytes of a console that a real boot under QEMU left, its longest uninteresting stretches cut out.
func fixture(_ name: String) throws -> [UInt8] {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
  return [UInt8](try Data(contentsOf: folder.appendingPathComponent(name + ".serial")))
}

let fixtures = [
  "dom0-4.17", "dom0-4.20", "panic-bug-4.17", "panic-evtchn-4.20", "panic-memory-4.17", "timestamps-4.20",
  "two-guests-4.17", "two-guests-4.20", "two-guests-4.20-one-processor", "two-linux-4.20-one-processor",
  "uboot-4.20", "uboot-file-missing", "uboot-no-disk", "uboot-no-partition", "uefi-4.20", "uefi-file-missing",
  "uefi-no-config", "uefi-no-loader",
]

/// All lines of a console.
func split(_ bytes: [UInt8], chunk: Int = .max, limit: Int = 4096, hasDom0: Bool = false) -> [LogLine] {
  var splitter = LogSplitter(domains: [1: "domA", 2: "domB"], hasDom0: hasDom0, maximumLineLength: limit)
  var lines: [LogLine] = []
  var start = 0
  while start < bytes.count {
    let end = start + min(chunk, bytes.count - start)
    lines += splitter.feed(Array(bytes[start..<end]))
    start = end
  }
  return lines + splitter.finish()
}

func split(_ text: String, hasDom0: Bool = false) -> [LogLine] { split(Array(text.utf8), hasDom0: hasDom0) }

extension [LogLine] {
  func texts(of speaker: Speaker) -> [String] { filter { $0.speaker == speaker }.map(\.text) }
}

/// Xen's words when it hands the console to domain 1, and to dom0.
let focusOnGuest =
  "(XEN) Xen version 4.20.4-pre\r\n(XEN) Loading d1 kernel\r\n(XEN) Loading d2 kernel\r\n"
  + "(XEN) *** Serial input to DOM1 (type 'CTRL-a' three times to switch input)\r\n"
let focusOnDom0 =
  "(XEN) Xen version 4.20.4-pre\r\n(XEN) *** LOADING DOMAIN 0 ***\r\n"
  + "(XEN) *** Serial input to DOM0 (type 'CTRL-a' three times to switch input)\r\n"
