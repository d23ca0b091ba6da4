// SPDX-License-Identifier: Apache-2.0
import BootLog
import Testing

private func events(_ name: String) throws -> [BootEvent] {
  var splitter = LogSplitter()
  var watcher = LogWatcher()
  let lines = splitter.feed(try fixture(name))
  var events = lines.compactMap { watcher.note($0) }
  if let last = watcher.noteSilence(splitter.unfinished) { events.append(last) }
  return events
}

@Suite struct LogWatcherTests {
  @Test func aPanicComesWithItsReasonAndWhatWasSaidBefore() throws {
    #expect(
      try events("panic-memory-4.17") == [
        .xenStarted(version: "4.17.5"),
        .xenPanicked(
          reason: [
            "Failed to allocate requested domain memory. 4194304KB unallocated. Fix the VMs configurations."
          ],
          before: [
            "Xen dom0less mode detected", "*** LOADING DOMU cpus=1 memory=400000KB ***",
            "Loading d1 kernel from boot module @ 0000000050000000",
            "Allocating mappings totalling 4096MB for d1:",
          ]),
      ])
    guard case .xenPanicked(let reason, let before)? = try events("panic-evtchn-4.20").last else {
      Issue.record("no panic")
      return
    }
    #expect(reason == ["Could not set up domains evtchn"])
    #expect(before.last == "evtchn_alloc_unbound() failure (Error -16) ")
    guard
      case .xenPanicked(reason: ["Xen BUG at common/page_alloc.c:1423"], _)? = try events("panic-bug-4.17")
        .last
    else {
      Issue.record("no panic")
      return
    }
  }

  @Test func aPanicThatIsCutOffIsToldAtTheEnd() {
    var watcher = LogWatcher()
    for text in ["Panic on CPU 1:", "Could not", "set up"] {
      #expect(watcher.note(LogLine(speaker: .xen, text: text, raw: [])) == nil)
    }
    #expect(watcher.finish() == .xenPanicked(reason: ["Could not", "set up"], before: []))
    #expect(watcher.finish() == nil)
  }

  @Test(arguments: [
    "two-guests-4.17", "two-guests-4.20", "uboot-4.20", "uefi-4.20", "two-linux-4.20-one-processor",
  ])
  func aGoodBootHasNoEnd(name: String) throws {
    let all = try events(name)
    #expect(all == [.xenStarted(version: name.hasSuffix("4.17") ? "4.17.5" : "4.20.4-pre")])
    #expect(!all.contains { $0.isEnd })
  }

  @Test func timestampsDoNotHideXen() throws {
    #expect(try events("timestamps-4.20") == [.xenStarted(version: "4.20.4-pre")])
  }

  @Test func dom0StopsTheMachine() throws {
    #expect(try events("dom0-4.20").last == .machineStopped("Hardware Dom0 halted: halting machine"))
  }

  @Test(arguments: [
    ("uboot-file-missing", "Failed to load 'nothere'"),
    ("uboot-no-partition", "Couldn't find partition virtio 0:1"),
    ("uboot-no-disk", "it waits at its prompt"),
    ("uefi-no-config", "No configuration file found."),
    ("uefi-file-missing", "Open failed for k: "),
  ])
  func firmwareGivesUp(name: String, reason: String) throws {
    let first = try #require(try events(name).first)
    #expect(first == .firmwareGaveUp(reason))
    #expect(first.isEnd)
  }

  @Test func theFirmwaresOwnShellIsAnEnd() throws {
    guard case .firmwareGaveUp(let text)? = try events("uefi-no-loader").first else {
      Issue.record("no end")
      return
    }
    #expect(text.hasPrefix("BdsDxe: starting Boot0002 \"EFI Internal Shell\""))
  }

  @Test func aKernelPanicNamesItsDomain() {
    var watcher = LogWatcher()
    let text = "[    1.0] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)"
    #expect(
      watcher.note(LogLine(speaker: .guest(id: 2), text: text, raw: []))
        == .guestPanicked(.guest(id: 2), text))
    let end = "[    1.1] ---[ end Kernel panic - not syncing: VFS: Unable to mount root fs ]---"
    #expect(watcher.note(LogLine(speaker: .guest(id: 2), text: end, raw: [])) == nil)
  }
}
