// SPDX-License-Identifier: Apache-2.0
internal import BootImages
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let moduleFormat = Rule(
    "module-format", "the file behind a boot module is not what the module needs", after: ["module-reg"],
    effects: [
      Effect("bad", xen417: .panics("Could not set up domain domA"))
    ],
    explanation: """
      As kernel Xen on Arm starts an arm64 Image, an arm32 zImage, and either of them packed by gzip or in a uImage. With \
      anything else it stops with "Could not set up domain", without a cause. A ramdisk goes to the guest as it is; one \
      that is damaged fails there. A partial tree has to be a flattened device tree.
      """
  ) { subject in
    subject.modules.compactMap { module in
      guard let file = module.file, case .wrong(let reason) = file.contents else { return nil }
      return Finding("\(subject.title(module)), \(file.name): \(reason)", at: subject.place(module.node))
    }
  }
}
