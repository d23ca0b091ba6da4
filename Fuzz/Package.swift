// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// The fuzz targets: the rooms that read what strangers wrote, built anew with the coverage that libFuzzer steers by and
// with Address Sanitizer. A package of its own, because these flags are for nobody else. `Scripts/fuzz` builds and runs it.
let sanitizers = ["-sanitize=fuzzer,address"]

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .unsafeFlags(sanitizers),
]

// The folders are links to those of Grove.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
  name: "grove-fuzz",
  targets: [
    room("FlattenedTree"),
    room("Diagnostics"),
    room("CompactStorage"),
    room("DeviceTree", ["FlattenedTree", "CompactStorage", "Diagnostics"]),
    room("DeviceTreeSource", ["DeviceTree", "CompactStorage", "Diagnostics"]),
    room("TreeChecks", ["DeviceTree", "CompactStorage", "Diagnostics"]),
    room("XLConfig", ["Diagnostics"]),
    .executableTarget(
      name: "Fuzz",
      dependencies: ["XLConfig", "TreeChecks", "DeviceTreeSource", "DeviceTree", "FlattenedTree", "Diagnostics"],
      swiftSettings: settings,
      // The default linker loses libFuzzer's sections.
      linkerSettings: [.unsafeFlags(sanitizers + ["-use-ld=lld"])]),
  ]
)
