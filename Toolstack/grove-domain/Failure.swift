// SPDX-License-Identifier: Apache-2.0
internal import CXen

/// Why a domain was not started, or did not end as it should.
struct Failure: Error {
  let what: StaticString
  /// errno of the call that failed; 0 when none did.
  let code: Int32
  /// What it was about: an address, an offset, a number.
  let value: UInt64?

  /// A call that failed with errno set.
  init(call: StaticString, value: UInt64? = nil) {
    what = call
    code = grove_errno()
    self.value = value
  }

  /// Something that is wrong with the bundle or the command line.
  init(_ what: StaticString, at value: UInt64? = nil) {
    self.what = what
    code = 0
    self.value = value
  }

  /// `xc_domain_create: Invalid argument`
  func write(to output: inout Stream) {
    output.write(what)
    if let value {
      output.write(" (0x")
      output.writeHex(value)
      output.write(")")
    }
    if code != 0 {
      output.write(": ")
      if let text = unsafe strerror(code) {
        for index in 0..<(unsafe strlen(text)) { output.write(byte: UInt8(bitPattern: unsafe text[index])) }
      }
    }
  }
}

/// Passes a result on, or throws what the call failed with.
@discardableResult
func checked(_ result: Int32, _ call: StaticString, _ value: UInt64? = nil) throws(Failure) -> Int32 {
  guard result >= 0 else { throw Failure(call: call, value: value) }
  return result
}
