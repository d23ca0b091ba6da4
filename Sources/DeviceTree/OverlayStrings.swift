// SPDX-License-Identifier: Apache-2.0

/// How the strings block begins once overlays have been applied: as it was read, and then with what they
/// added. This is what fdtoverlay writes, which changes the blob in place.
package struct OverlayStrings: Sendable {
  /// The block as it was read; empty for a tree that was not.
  package var read: [UInt8] = []
  /// Names of properties that overlays have added, in that order.
  package var added: [String] = []
  /// Whether overlays have been applied to a tree that was read.
  package var isKept = false
}
