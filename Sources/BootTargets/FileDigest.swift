// SPDX-License-Identifier: Apache-2.0
internal import Crypto

/// What tells files apart in a manifest and in evidence.
public enum FileDigest {
  /// SHA-256 in lower-case hexadecimal.
  public static func sha256(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return String(SHA256.hash(data: bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
