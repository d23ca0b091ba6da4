// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let configFile = Rule(
    "xen-cfg-file", "the UEFI configuration names a file that is not there",
    effects: [Effect("bad.cfg", xen417: .refused("Open failed for Imagf"))],
    explanation: """
      Xen's UEFI stub looks for files in the directory that it was started from, with `\\` between directories. One that is not \
      there ends the boot: the firmware goes on with its next entry. Names end at the end of the line, those of kernel and dtb at the \
      first blank.
      """,
    config: { subject in
      subject.config.files(in: subject.section).compactMap { key, name, line in
        // The blank at its end is what is wrong with it.
        if name.hasSuffix(" ") { return nil }
        guard !name.isEmpty else { return Finding("\(key) names no file", at: subject.place(line)) }
        guard subject.hasFile(name) == false else { return nil }
        return Finding("\(key) names \(name), and there is no such file", at: subject.place(line))
      }
    })

  static let configIgnored = Rule(
    "uefi-config-ignored", "the firmware's tree has modules, so that the UEFI configuration is not read",
    effects: [Effect("bad.cfg", xen417: .refused("Using modules provided by bootloader in FDT"))],
    explanation: """
      When the tree that the firmware hands over has a node compatible with "multiboot,module", anywhere and of whatever domain, Xen's \
      UEFI stub says "Using modules provided by bootloader in FDT" and reads neither the configuration nor its own command line: \
      kernel, options and all else in the file count for nothing, `dtb=` too. Put the empty property `xen,uefi-cfg-load` into /chosen \
      of that tree.
      """,
    config: { subject in
      guard let tree = subject.firmwareTree, let chosen = tree.node(at: "/chosen"),
        tree[chosen, "xen,uefi-cfg-load"] == nil,
        let module = tree.walk().first(where: { tree[$0, "compatible"]?.strings?.contains("multiboot,module") ?? false }
        )
      else { return [] }
      return [
        Finding(
          "Xen does not read this file, as the firmware's tree has the module \(tree.path(of: module))",
          at: Place(file: subject.file), hint: "put the empty property xen,uefi-cfg-load into the tree's /chosen")
      ]
    })

  static let uefiConfig: [Rule] = [
    .configBlank, .configCut, .configEncoding, .configFile, .configIgnored, .configKernel, .configLastLine, .configLine,
    .configSection, .configTwice,
  ]
}
