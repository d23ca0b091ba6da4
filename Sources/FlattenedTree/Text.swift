// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  #if hasFeature(Embedded)
    /// How names and paths are given to the reader and the writer: as literals in Embedded Swift.
    ///
    /// Embedded Swift 6.3 damages a short `String` when it retains one (swiftlang/swift pull request 91151). Names that
    /// are not known beforehand are given as bytes.
    public typealias Text = StaticString
  #else
    /// How names and paths are given to the reader and the writer; `StaticString` in Embedded Swift.
    public typealias Text = String
  #endif
}

extension FlattenedTree.Text {
  /// Calls `body` with the text as UTF-8.
  ///
  /// The span of a string's `utf8Span` will not do. A short string lies on the stack, and Swift 6.3 may take it away
  /// before a call in tail position has read the span.
  func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
    #if hasFeature(Embedded)
      withUTF8Buffer { unsafe body(UnsafeRawBufferPointer($0).bytes) }
    #else
      var text = self
      return text.withUTF8 { unsafe body(UnsafeRawBufferPointer($0).bytes) }
    #endif
  }

  /// Calls `body`, which may throw, with the text as UTF-8.
  func tryWithBytes(_ body: (RawSpan) throws(FlattenedTreeError) -> Void) throws(FlattenedTreeError) {
    let fault: FlattenedTreeError? = withBytes { bytes in
      do throws(FlattenedTreeError) {
        try body(bytes)
        return nil
      } catch {
        return error
      }
    }
    if let fault { throw fault }
  }
}

#if !hasFeature(Embedded)
  extension String {
    /// A copy of a name, or nil when it is not UTF-8.
    public init?(_ name: borrowing FlattenedTree.Name) {
      let units = Span<UInt8>(_bytes: name.bytes)
      guard let text = try? UTF8Span(validating: units) else { return nil }
      self.init(copying: text)
    }
  }

  extension FlattenedTree.Value {
    /// The value as one string, or nil when it is none or not UTF-8.
    public var string: String? {
      guard let text else { return nil }
      return String(text)
    }
  }

  extension FlattenedTreeError: CustomStringConvertible {
    /// The fault as a sentence without its full stop, such as `a property stands after a subnode (at byte 72)`.
    public var description: String { "\(code.sentence) (at byte \(offset))" }
  }
#endif
