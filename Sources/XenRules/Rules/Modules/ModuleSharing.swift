// SPDX-License-Identifier: Apache-2.0
internal import BootImages
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let moduleSharing = Rule(
    "module-sharing", "two domains share a module that Xen cannot share", after: ["module-overlap"],
    effects: [
      Effect("bad", xen417: .panics("Could not set up domain domB")),
      Effect("bad-dom0", xen417: .boots, xen420: .wrong("Xen dom0less mode detected")),
    ],
    explanation: """
      Two guests may name the same range for the same purpose. But a kernel packed by gzip is unpacked for the first \
      domain, and its module is then somewhere else: the second domain stops with "Missing kernel boot module?". And since \
      Xen 4.18 a range that both dom0 and a guest name is kept once only, so that one of the two does not find it.
      """
  ) { subject in
    var first: [UInt64: Subject.BootModule] = [:]
    return subject.modules.compactMap { module in
      guard let range = module.range, !range.isEmpty, module.uefiBinary == nil else { return nil }
      guard let other = first[range.lowerBound] else {
        first[range.lowerBound] = module
        return nil
      }
      guard other.kind == module.kind, other.range == range, other.guest != module.guest else { return nil }
      let what = "\(subject.title(other)) and \(subject.title(module)) are one module at \(hex(range.lowerBound))"
      let place = subject.place(module.node, property: "reg")
      if other.guest == nil || module.guest == nil {
        guard subject.release.version >= XenVersion(4, 18) else { return nil }
        return Finding("\(what), and Xen drops one of the two", at: place, hint: "load the file once more for dom0")
      }
      guard module.kind == .kernel, (module.file ?? other.file)?.image?.isGzip ?? false else { return nil }
      return Finding(
        "\(what), and it is packed by gzip: Xen unpacks it for the first domain and does not find it again", at: place,
        hint: "load the file once for each domain, or unpack it")
    }
  }
}
