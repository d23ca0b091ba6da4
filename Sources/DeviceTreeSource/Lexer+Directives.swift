// SPDX-License-Identifier: Apache-2.0
import Diagnostics

// Words between slashes.
extension Lexer {
  private struct Directive: BitwiseCopyable {
    var name: StaticString
    var token: Token
  }

  /// Inline, because the runtime would first have to make the type of an array of them.
  private static var directives: InlineArray<9, Directive> {
    [
      Directive(name: "/delete-property/", token: .deleteProperty),
      Directive(name: "/delete-node/", token: .deleteNode), Directive(name: "/bits/", token: .bits),
      Directive(name: "/dts-v1/", token: .version), Directive(name: "/include/", token: .include),
      Directive(name: "/incbin/", token: .incbin), Directive(name: "/memreserve/", token: .memreserve),
      Directive(name: "/omit-if-no-ref/", token: .omitIfNoRef), Directive(name: "/plugin/", token: .plugin),
    ]
  }

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
    let directives = Self.directives
    for index in directives.indices where directives[index].name.utf8CodeUnitCount == length {
      let directive = directives[index]
      if (0..<length).allSatisfy({ unsafe byte(at: start + $0) == directive.name.utf8Start[$0] }) {
        set(directive.token, end: at)
        if directive.token == .include { needsParser = true }
        return
      }
    }
    set(.broken, end: at)
    let near = nearestName(to: text, among: directives.indices.map { directives[$0].name.description })
    fault(.syntax, "unknown directive '\(text)'", hint: near.map { "did you mean '\($0)'?" })
  }
}
