// SPDX-License-Identifier: Apache-2.0
import Testing
import XenFacts

/// Numbers as Arm's and Xen's documents print them.
@Suite struct CallTests {
  @Test func aNumberSaysWhoseFunctionItIs() {
    #expect(CallNumber.uid(of: .vendorHypervisor).value == 0x8600_ff01)
    #expect(CallNumber.revision(of: .standardHypervisor).value == 0x8500_ff03)
    #expect(CallNumber.count(of: .standardSecure).value == 0x8400_ff00)
    #expect(CallNumber.conventionVersion.value == 0x8000_0000)
    #expect(CallNumber.architectureFeatures.value == 0x8000_0001)

    let wide = CallNumber(0xc600_0021)
    #expect(wide.isFast && wide.isWide && wide.owner == .vendorHypervisor && wide.function == 0x21)
    #expect(CallNumber(3, of: .trustedSystem, isFast: false).value == 0x3200_0003)
    #expect(!CallNumber(0x3200_0003).isFast)
  }

  @Test func rangesOfOwnersDoNotMeetAndLeaveGaps() {
    var owners: [UInt8: CallOwner] = [:]
    for owner in CallOwner.allCases {
      for number in owner.numbers { #expect(owners.updateValue(owner, forKey: number) == nil) }
    }
    #expect(owners.count == 7 + 2 + 14)
    #expect(CallNumber(0x8700_0000).owner == nil && CallNumber(0xbf00_0000).owner == .trustedSystem)
  }

  @Test func powerFunctionsHaveTheirNumbers() {
    #expect(PSCIFunction.version.number.value == 0x8400_0000)
    #expect(PSCIFunction.systemOff.number.value == 0x8400_0008)
    #expect(PSCIFunction.on.wideNumber?.value == 0xc400_0003)
    #expect(PSCIFunction.features.number.value == 0x8400_000a && PSCIFunction.features.wideNumber == nil)
    // Before version 0.2 trees told the numbers; those of Xen's are no numbers of the convention.
    #expect(!CallNumber(PSCIFunction.firstVersionOn).isFast)
  }

  @Test(arguments: [
    (CalledUID.xen, "a71812dc-c698-4369-9acf-79d18ddee667"),
    (.xenStandardServices, "f863386f-4b39-4cbd-9220-ce1641e59f6f"),
    (.kvm, "28b46fb6-2ec5-11e9-a9ca-4b564d003a74"),
  ])
  func fourRegistersAreAUUID(_ uid: CalledUID, _ text: String) {
    var bytes: [UInt8] = []
    for word in [uid.words.0, uid.words.1, uid.words.2, uid.words.3] {
      for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(digits == text.filter { $0 != "-" })
    #expect(uid.isAnswer)
  }

  @Test func anErrorIsNoUID() {
    #expect(!CalledUID(CallNumber.notSupported, 0, 0, 0).isAnswer)
  }

  @Test func hypercallsOnArm() {
    guard case .instruction(let name, let number) = HypercallConvention.arm64.entry else {
      Issue.record("no instruction")
      return
    }
    #expect("\(name)" == "hvc" && number == 0xea1)
    #expect(
      HypercallConvention.all.map { "\($0.name) \($0.number.map { "\($0)" } ?? "-")" }
        == ["arm64 x16", "arm32 r12", "x86_64 -", "x86_32 -"])
    #expect(HypercallConvention.all.allSatisfy { $0.arguments.count == 5 })
    #expect(ArmHypercall.version.rawValue == 17 && ArmHypercall.configuration.rawValue == 42)
    #expect(ArmHypercall.allCases.filter { !$0.isForGuests }.contains(.domainControl))
  }
}
