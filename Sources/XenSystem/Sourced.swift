// SPDX-License-Identifier: Apache-2.0
public import Diagnostics

/// A value and the place in a description that it came from.
public struct Sourced<Value: Sendable>: Sendable {
  public var value: Value
  /// Nil when the value came from a finished tree, which has no lines, or was chosen by Grove.
  public var location: SourceLocation?

  public init(_ value: Value, at location: SourceLocation? = nil) {
    self.value = value
    self.location = location
  }
}

extension Sourced: Equatable where Value: Equatable {}
extension Sourced: Hashable where Value: Hashable {}
