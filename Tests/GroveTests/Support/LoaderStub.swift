// SPDX-License-Identifier: Apache-2.0
import Testing

/// A loader for arm64 that knows two numbers: six instructions set x0 to x3 and branch, and the numbers follow.
func loaderStub(tree: UInt64, entry: UInt64) -> [UInt8] {
  var stub: [UInt8] = []
  for word in [0x5800_00c0, 0xd280_0001, 0xd280_0002, 0xd280_0003, 0x5800_0084, 0xd61f_0080] as [UInt32] {
    stub += (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
  }
  for value in [tree, entry] { stub += (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) } }
  return stub
}

/// QEMU's arguments that load what a bundle's JSON lists, and nothing more.
func bundleLoaders(_ json: [String: Any]?, in folder: String) throws -> [String] {
  let names = (json?["files"] as? [[String: Any]] ?? []).reduce(into: [String: String]()) {
    $0[$1["input"] as? String ?? ""] = $1["name"] as? String
  }
  return try (json?["loads"] as? [[String: Any]] ?? []).flatMap { load in
    let name = try #require(names[load["input"] as? String ?? ""])
    let address = try #require(load["address"] as? String)
    return ["-device", "loader,file=\(folder)/\(name),addr=\(address),force-raw=on"]
  }
}
