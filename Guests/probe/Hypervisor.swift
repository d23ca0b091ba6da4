// SPDX-License-Identifier: Apache-2.0

// Who runs below: asked by the calls that the tree says are safe. Where a tree has no `/psci`, nothing is called, because what
// answers nothing may do anything, up to a fault.

/// A call by the SMC convention; four registers come back.
@_extern(c, "callHVC")
private func callHVC(_: UInt64, _: UInt64, _: UInt64, _: UInt64, _ results: UnsafeMutablePointer<UInt64>)
@_extern(c, "callSMC")
private func callSMC(_: UInt64, _: UInt64, _: UInt64, _: UInt64, _ results: UnsafeMutablePointer<UInt64>)
/// A call of Xen's own, with two arguments and the hypercall's number.
@_extern(c, "callXen")
private func callXen(_: UInt64, _: UnsafeMutableRawPointer?, _ number: UInt64) -> Int64

/// The way to whatever answers PSCI.
struct Below {
  private let conduit: Conduit
  /// Major in the upper half.
  private let powerVersion: UInt32
  private let callVersion: UInt32?

  /// - Returns: nil when the tree names no way, or one before PSCI 0.2, whose functions had no fixed numbers.
  init?(_ index: borrowing TreeIndex) {
    guard let node = index.node(at: "/psci"), let method = index.value("method", of: node),
      let compatible = index.value("compatible", of: node),
      compatible.contains("arm,psci-0.2") || compatible.contains("arm,psci-1.0")
    else { return nil }
    if method.contains("hvc") {
      conduit = .hvc
    } else if method.contains("smc") {
      conduit = .smc
    } else {
      return nil
    }
    powerVersion = Self.call(conduit, PSCIFunction.version.number).0
    // Whether the convention tells its version is asked of PSCI, since PSCI 1.0; before, the question itself is not safe.
    let hasVersion =
      powerVersion >> 16 >= 1
      && Int32(
        bitPattern: Self.call(conduit, PSCIFunction.features.number, CallNumber.conventionVersion.value).0) >= 0
    callVersion = hasVersion ? Self.call(conduit, .conventionVersion).0 : nil
  }

  func powerOff() { _ = Self.call(conduit, PSCIFunction.systemOff.number) }

  func report(to console: Console) {
    console.write("PROBE calls=")
    console.write(conduit.text)
    console.write(" psci=")
    console.write(version: powerVersion)
    if let callVersion {
      console.write(" smccc=")
      console.write(version: callVersion)
    }
    console.write("\n")
    guard callVersion != nil else {
      console.write("PROBE hypervisor=none\n")
      return
    }
    var uid = uid(of: .vendorHypervisor)
    if !uid.isAnswer { uid = self.uid(of: .standardHypervisor) }
    if uid == .xen {
      reportXen(to: console)
    } else if uid == .kvm {
      console.write("PROBE hypervisor=kvm\n")
    } else if uid.isAnswer {
      console.write("PROBE hypervisor=unknown uid=")
      console.write(hex: UInt64(uid.words.0), digits: 8)
      console.write(hex: UInt64(uid.words.1), digits: 8)
      console.write(hex: UInt64(uid.words.2), digits: 8)
      console.write(hex: UInt64(uid.words.3), digits: 8)
      console.write("\n")
    } else {
      console.write("PROBE hypervisor=none\n")
    }
  }

  private func uid(of owner: CallOwner) -> CalledUID {
    let words = Self.call(conduit, .uid(of: owner))
    return CalledUID(words.0, words.1, words.2, words.3)
  }

  private static func call(
    _ conduit: Conduit, _ number: CallNumber, _ argument: UInt32 = 0
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var results: [UInt64] = [0, 0, 0, 0]
    unsafe results.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      switch conduit {
      case .hvc: unsafe callHVC(UInt64(number.value), UInt64(argument), 0, 0, start)
      case .smc: unsafe callSMC(UInt64(number.value), UInt64(argument), 0, 0, start)
      }
    }
    return (
      UInt32(truncatingIfNeeded: results[0]), UInt32(truncatingIfNeeded: results[1]),
      UInt32(truncatingIfNeeded: results[2]), UInt32(truncatingIfNeeded: results[3])
    )
  }
}

/// What Xen says of itself by its own calls.
private func reportXen(to console: Console) {
  func ask(_ question: XenVersionQuestion, _ answer: UnsafeMutableRawPointer?) -> Int64 {
    unsafe callXen(UInt64(question.rawValue), answer, UInt64(ArmHypercall.version.rawValue))
  }
  let version = ask(.version, nil)
  var extra: [UInt8] = Array(repeating: 0, count: 16)
  let status = unsafe extra.withUnsafeMutableBytes { unsafe ask(.extraVersion, $0.baseAddress) }
  console.write("PROBE hypervisor=xen")
  if version > 0 {
    console.write(" ")
    console.write(version: UInt32(truncatingIfNeeded: version))
  }
  if status == 0 {
    for byte in extra {
      if byte == 0 { break }
      console.write(byte)
    }
  }
  console.write("\n")
}

extension Console {
  /// Major in the upper 16 bits, minor in the lower ones.
  fileprivate func write(version: UInt32) {
    write(decimal: UInt64(version >> 16))
    write(".")
    write(decimal: UInt64(version & 0xffff))
  }
}
