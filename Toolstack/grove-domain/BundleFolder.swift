// SPDX-License-Identifier: Apache-2.0
internal import CXen

/// The folder that `grove guest bundle` wrote.
struct BundleFolder: ~Copyable {
  /// Larger ones are none of ours.
  private static var jsonLimit: Int { 1 << 20 }
  private let path: [UInt8]

  init(_ path: [UInt8]) { self.path = path }

  /// The last part of the path.
  var name: [UInt8] {
    var end = path.count
    while end > 1, path[end - 1] == UInt8(ascii: "/") { end -= 1 }
    var start = end
    while start > 0, path[start - 1] != UInt8(ascii: "/") { start -= 1 }
    return Array(path[start..<end])
  }

  func bundle() throws(Failure) -> Bundle {
    var name: [UInt8] = []
    for index in 0..<Self.json.utf8CodeUnitCount { name.append(unsafe Self.json.utf8Start[index]) }
    return try Bundle(JSONReader.read(contents(of: name, limit: Self.jsonLimit)))
  }

  private static var json: StaticString { "bundle.json" }

  /// The tree, to be looked at before anything is made.
  func tree(of bundle: Bundle) throws(Failure) -> [UInt8] {
    guard let file = bundle.tree else { throw Failure("the bundle has no tree") }
    return try contents(of: file.name, limit: 2 << 20)
  }

  /// A file of the bundle, to be read; whoever asks closes it.
  func open(_ file: Bundle.File) throws(Failure) -> Int32 {
    let descriptor = try open(file.name)
    let size = lseek(descriptor, 0, SEEK_END)
    guard size == Int(clamping: file.size) else {
      close(descriptor)
      throw Failure("a file of the bundle has another size than the bundle says", at: UInt64(clamping: size))
    }
    return descriptor
  }

  private func open(_ name: [UInt8]) throws(Failure) -> Int32 {
    var full = path
    full.append(UInt8(ascii: "/"))
    full += name
    full.append(0)
    let descriptor = unsafe full.withUnsafeBytes { unsafe grove_open($0.bindMemory(to: CChar.self).baseAddress) }
    guard descriptor >= 0 else { throw Failure(call: "a file of the bundle cannot be opened") }
    return descriptor
  }

  private func contents(of name: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
    let descriptor = try open(name)
    defer { close(descriptor) }
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, grove_errno() == EINTR { continue }
      guard count >= 0 else { throw Failure(call: "a file of the bundle cannot be read") }
      if count == 0 { return contents }
      contents += buffer[..<count]
      guard contents.count <= limit else { throw Failure("a file of the bundle is too large", at: UInt64(limit)) }
    }
  }
}
