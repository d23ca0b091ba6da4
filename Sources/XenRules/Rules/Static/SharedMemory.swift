// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts
internal import XenSystem

extension Rule {
  static let sharedMemoryRule = Rule(
    "shared-memory", "static shared memory that Xen cannot make", releases: .since(4, 17),
    options: ["CONFIG_STATIC_SHM"], after: ["static-memory", "cell-sizes"],
    effects: [
      Effect("bad", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-owners", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-ram", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-static", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-id", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-cells", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-names", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-pages", xen417: .unbooted("Debian's builds lack the option")),
    ],
    explanation: """
      A node that is compatible with "xen,domain-shared-memory-v1" maps a piece of the host's memory into its domain. \
      xen,shm-id names it, in up to 15 characters; xen,shared-mem gives the host's address, the guest's and the size \
      in the cells of the parent, in whole pages; role is "owner" or "borrower". All domains of one id name the same \
      memory, one of them at most owns it, and it overlaps nothing else: neither static memory nor a module nor the \
      memory that the guest has at the guest's address. Otherwise Xen stops while it reads the tree, before its \
      console exists since 4.19.
      """
  ) { subject in
    var regions: [SharedRegion] = []
    return subject.sharedMemory.flatMap { node -> [Finding] in
      let region: SharedRegion
      switch SharedRegion.read(node, in: subject) {
      case .success(let read): region = read
      case .failure(let fault): return [fault.finding]
      }
      defer { regions.append(region) }
      return region.faults(among: regions, in: subject)
    }
  }
}
