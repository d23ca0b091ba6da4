// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree
internal import GuestTree

extension GuestPlan.Failure {
  /// The first reason in words, and the number that it is about.
  var reason: (reason: StaticString, value: UInt64) {
    switch self {
    case .tree(.layout(let failure)): (failure.reason, 0)
    case .tree(.tooManyCPUs(let count)): ("there are fewer numbers than CPUs", UInt64(clamping: count))
    case .tree(.tree(let fault)):
      ("the partial device tree is broken, or the tree became too large", UInt64(clamping: fault.offset))
    case .tree(.additions(let fault)): fault.reason
    case .refused(let refusals): refusals.first?.reason ?? ("the guest was refused", 0)
    }
  }
}

extension GuestLayout.Failure {
  fileprivate var reason: StaticString {
    switch self {
    case .memoryOverBanks: "there is more RAM than the guest's addresses have room for"
    case .noMemory: "the guest has no RAM"
    case .kernelOutsideRAM: "the kernel does not lie in the first bank of RAM"
    case .noRoomForTree: "the first bank of RAM has no room for the tree and the ramdisk"
    case .noRoomForPages: "there is no room for the pages that the guest shares"
    }
  }
}

extension AdditionFault {
  fileprivate var reason: (reason: StaticString, value: UInt64) {
    switch self {
    case .unreadable(let fault): ("the additions to the tree are broken", UInt64(clamping: fault.offset))
    case .notTaken: ("Xen writes this guest's tree itself", 0)
    case .isOverlay: ("the additions to the tree are an overlay", 0)
    case .reservesMemory: ("the additions to the tree reserve memory, which is the platform's to do", 0)
    case .twice: ("the additions to the tree have a node or a property twice", 0)
    case .contradicts: ("the additions to the tree give a property of the platform's another value", 0)
    case .describedElsewhere: ("the additions to the tree say what follows from the guest's description", 0)
    case .unfounded: ("the additions to the tree have RAM or a CPU that the guest would not find", 0)
    case .phandleTaken(let phandle, _, _):
      ("the additions to the tree give a node a phandle that another one has already", UInt64(phandle))
    }
  }
}

extension PlanRefusal {
  fileprivate var reason: (reason: StaticString, value: UInt64) {
    switch self {
    case .noCPUs: ("the guest has no CPU", 0)
    case .tooManyCPUs(_, let limit): ("the interrupt controller serves fewer CPUs", UInt64(clamping: limit))
    case .moreCPUsAtStart(let count, _): ("the guest starts with more CPUs than it may have", UInt64(clamping: count))
    case .notInPages(_, let range): ("something begins or ends inside a page of 4 KiB", range.lowerBound)
    case .overlap(_, _, _, let range):
      ("two things lie over each other, which the hypervisor takes without a word", range.lowerBound)
    case .outsideRAM(_, let range):
      ("something is not in one bank of RAM; the guest would stay silent", range.lowerBound)
    case .beyondAddresses(_, let range, _):
      ("something goes beyond the addresses that a guest has on this host", range.upperBound)
    case .misaligned(_, let address, _, _): ("something is not where its alignment wants it", address)
    case .tooLarge(_, _, let limit): ("something is larger than is taken", limit)
    case .entryOutsideKernel(let entry, _): ("the first CPU would start outside of the kernel", entry)
    case .otherController: ("the host gives its own kind of interrupt controller only", 0)
    case .tooManyInterrupts(_, let limit): ("more shared interrupts than there can be", UInt64(limit))
    case .tooFewInterrupts(_, let needed): ("fewer shared interrupts than the devices need", UInt64(needed))
    case .interruptTaken(let number): ("an interrupt of the machine is one that the guest has already", UInt64(number))
    case .interruptNotShared(let number):
      ("an interrupt is none that devices share: they are 32 to 991", UInt64(number))
    case .tooManyDevices(_, let limit): ("more virtio devices than there are interrupts for", UInt64(clamping: limit))
    case .danglingController(let phandle, _):
      ("the partial tree calls the interrupt controller by another phandle than this platform does", UInt64(phandle))
    case .commandLineTooLong(let size, _):
      ("the command line has no room in the start-info page", UInt64(clamping: size))
    case .tooLittleMemory(_, let least): ("the guest has too little RAM", least)
    case .memoryRest(let rest, _): ("the last part of the RAM would never appear", rest)
    case .cannotAnnounce: ("the platform has no such way to tell a guest of its hypervisor", 0)
    case .mustAnnounce: ("the platform's guests cannot do without being told of their hypervisor", 0)
    case .unannouncedDevices(let count):
      ("the guest has virtio devices that it is not to be told of", UInt64(clamping: count))
    case .noHostFact: ("the host does not tell something that the guest cannot do without", 0)
    }
  }
}
