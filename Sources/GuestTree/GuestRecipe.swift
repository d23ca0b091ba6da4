// SPDX-License-Identifier: Apache-2.0

/// What a guest's tree is made of.
///
/// Nothing of it changes, and the tree and its writer both hold it: hence a class, which is shared instead of copied.
final class GuestRecipe: Sendable {
  /// The guest as the platform takes it: without what it passes over.
  let guest: Guest
  let host: HostFacts
  let platform: GuestPlatform

  init(_ guest: consuming Guest, _ host: consuming HostFacts, _ platform: consuming GuestPlatform) {
    self.guest = guest
    self.host = host
    self.platform = platform
  }
}
