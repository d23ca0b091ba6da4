// SPDX-License-Identifier: Apache-2.0

/// Compatible strings by which Xen on Arm knows the devices that every guest has one of, too
/// (xen/arch/arm/gic-v2.c, gic-v3.c, time.c).
public enum ArmCompatible {
  public static let gicV2: [StaticString] = [
    "arm,cortex-a15-gic", "arm,cortex-a9-gic", "arm,cortex-a7-gic", "arm,gic-400",
  ]
  public static let gicV3: StaticString = "arm,gic-v3"
  public static let timers: [StaticString] = ["arm,armv8-timer", "arm,armv7-timer"]
}

extension String {
  /// The same characters.
  init(_ text: StaticString) {
    self = text.withUTF8Buffer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
