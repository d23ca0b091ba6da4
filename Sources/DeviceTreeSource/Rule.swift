// SPDX-License-Identifier: Apache-2.0

/// The rules that reading a source can name in a diagnostic.
public enum Rule: String, Sendable, CaseIterable {
  /// Something stands where the grammar wants something else.
  case syntax = "dts-syntax"
  /// The source does not begin with `/dts-v1/;`.
  case version = "dts-version"
  /// A line for the C preprocessor.
  case preprocessor = "dts-preprocessor"
  /// A part of the language that this version does not read.
  case unsupported = "dts-unsupported"
  /// A label that no node has.
  case unknownLabel = "dts-unknown-label"
  /// A path that leads to no node.
  case unknownPath = "dts-unknown-path"
  /// One label in two places.
  case duplicateLabel = "dts-duplicate-label"
  /// Two nodes of one name in one block.
  case duplicateNode = "dts-duplicate-node"
  /// Two properties of one name in one block.
  case duplicateProperty = "dts-duplicate-property"
  /// A property that stands behind a subnode.
  case propertyAfterNode = "dts-property-after-node"
  /// A number that does not fit its place.
  case numberRange = "dts-number-range"
  /// Digits that are no number, a division by zero, a wrong character literal.
  case badNumber = "dts-bad-number"
  /// A string that is not closed or has a wrong escape.
  case badString = "dts-bad-string"
  /// A deletion that finds nothing to delete. A warning.
  case deleteMissing = "dts-delete-missing"
  /// A file that cannot be included.
  case file = "dts-file"
  /// A phandle with a wrong length or value, or that two nodes share.
  case phandle = "dts-phandle"
  /// The source passes a stated limit, or has too many errors to go on.
  case limit = "dts-limit"
}
