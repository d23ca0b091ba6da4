// SPDX-License-Identifier: Apache-2.0
import Diagnostics

// Words between slashes.
extension Lexer {
  private static let directives: [(name: StaticString, token: Token)] = [
    ("/delete-property/", .deleteProperty), ("/delete-node/", .deleteNode), ("/bits/", .bits),
    ("/dts-v1/", .version), ("/include/", .include), ("/incbin/", .incbin), ("/memreserve/", .memreserve),
    ("/omit-if-no-ref/", .omitIfNoRef), ("/plugin/", .plugin),
  ]

  mutating func scanSlash() {
    var at = start + 1
    if isClass(byte(at: at), .labelStart) {
      while isClass(byte(at: at), .name) { at += 1 }
    }
    guard byte(at: at) == UInt8(ascii: "/"), at > start + 1 else {
      set(.slash, end: start + 1)
      return
    }
    at += 1
    let length = at - start
    for directive in Self.directives where directive.name.utf8CodeUnitCount == length {
      if (0..<length).allSatisfy({ unsafe byte(at: start + $0) == directive.name.utf8Start[$0] }) {
        set(directive.token, end: at)
        if directive.token == .include { needsParser = true }
        return
      }
    }
    set(.broken, end: at)
    let near = nearestName(to: text, among: Self.directives.lazy.map { $0.name.description })
    fault(.syntax, "unknown directive '\(text)'", hint: near.map { "did you mean '\($0)'?" })
  }
}
