// SPDX-License-Identifier: Apache-2.0
internal import BootImages
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let moduleFileSize = Rule(
    "module-file-size", "a boot module is shorter than its file",
    after: ["module-reg", "cell-sizes", "passthrough-tree-size"],
    effects: [
      Effect("bad", xen417: .hangs("init memory")),
      Effect("bad-gzip", xen417: .panics("Could not set up domain domA")),
    ],
    explanation: """
      Xen and the guest see as many bytes as `reg` says. A kernel or ramdisk that is cut off fails in the guest, often far \
      from the cause: Linux says "VFS: Unable to mount root fs". A partial tree that is cut off stops Xen with "Device \
      tree generation failed". For a kernel packed by gzip the size must be exact, because Xen reads the unpacked size \
      from the last 4 bytes of the module.
      """
  ) { subject in
    subject.modules.compactMap { module in
      guard let file = module.file, let range = module.range, !range.isEmpty else { return nil }
      let size = range.upperBound - range.lowerBound
      let fileSize = UInt64(file.bytes.count)
      let place = subject.place(module.node, property: "reg")
      if size < fileSize {
        return Finding(
          "\(subject.title(module)) has \(describeSize(size)), but \(file.name) has \(describeSize(fileSize)): the end is cut off",
          at: place, hint: "make its size \(hex(fileSize))")
      }
      guard size > fileSize, module.kind == .kernel, file.image?.isGzip ?? false else { return nil }
      return Finding(
        "\(subject.title(module)) has \(describeSize(size)), but \(file.name) has \(describeSize(fileSize)): of a gzip kernel Xen "
          + "reads the unpacked size from the last 4 bytes", at: place, hint: "make its size \(hex(fileSize))")
    }
  }
}
