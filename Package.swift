// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

/// A room of the house. `Scripts/check-floors` holds each one to the floors of `Docs/architecture.md`.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.target(name: name)] + dependencies, exclude: exclude,
    swiftSettings: settings)
}

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "grove",
  products: [
    .library(name: "FlattenedTree", targets: ["FlattenedTree"]),
    .library(name: "DeviceTree", targets: ["DeviceTree"]),
    .library(name: "DeviceTreeSource", targets: ["DeviceTreeSource"]),
    .library(name: "GuestTree", targets: ["GuestTree", "XenFacts", "FlattenedTree"]),
    .library(name: "XLConfig", targets: ["XLConfig", "Diagnostics"]),
    .library(name: "KernelHandover", targets: ["KernelHandover", "DeviceTree", "Diagnostics"]),
    .library(name: "XenSystem", targets: ["XenSystem"]),
    .library(name: "XenRules", targets: ["XenRules", "XenSystem", "XenFacts"]),
    .executable(name: "grove", targets: ["grove"]),
    .executable(name: "dtc", targets: ["dtc"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // Floor 1
    room("FlattenedTree"),
    room("Diagnostics"),
    room("CompactStorage"),
    room("BootImages"),
    room("XenFacts"),
    // Floor 2
    room("DeviceTree", ["FlattenedTree", "CompactStorage", "Diagnostics"]),
    room("GuestTree", ["FlattenedTree", "BootImages", "XenFacts"]),
    // Floor 3
    room("DeviceTreeSource", ["DeviceTree", "CompactStorage", "Diagnostics"]),
    room("TreeChecks", ["DeviceTree", "CompactStorage", "Diagnostics"]),
    room("XLConfig", ["Diagnostics"]),
    // Floor 4
    room("Machine", ["TreeChecks", "DeviceTree"]),
    room(
      "DTCCommand",
      ["TreeChecks", "DeviceTreeSource", "DeviceTree", "FlattenedTree", "CompactStorage", "Diagnostics"]),
    // Floor 5
    room("XenSystem", ["Machine", "GuestTree", "DeviceTree", "BootImages", "XenFacts", "Diagnostics"]),
    room("KernelHandover", ["Machine", "DeviceTree", "Diagnostics"]),
    // Floor 6
    room(
      "SystemFiles",
      [
        "XenSystem", "Machine", "GuestTree", "DeviceTreeSource", "XLConfig", "DeviceTree", "FlattenedTree",
        "BootImages", "XenFacts", "Diagnostics", yams,
      ]),
    room("XenRules", ["XenSystem", "Machine", "GuestTree", "DeviceTree", "BootImages", "XenFacts", "Diagnostics"]),
    // Floor 7
    room(
      "BootTargets",
      ["XenSystem", "Machine", "GuestTree", "DeviceTree", "BootImages", "XenFacts", "Diagnostics", crypto]),
    room("BootLog", ["XenFacts", "Diagnostics"]),
    // Floor 8
    room(
      "TrialBoot",
      ["BootTargets", "BootLog", "XenSystem", "Machine", "DeviceTree", "BootImages", "XenFacts", "Diagnostics"]),
    // Floor 9
    room(
      "GroveCommands",
      [
        "TrialBoot", "BootLog", "BootTargets", "XenRules", "SystemFiles", "XenSystem", "KernelHandover", "Machine",
        "GuestTree", "DeviceTreeSource", "TreeChecks", "DeviceTree", "BootImages", "XenFacts", "Diagnostics",
        "FlattenedTree", argumentParser,
      ]),
    .executableTarget(name: "grove", dependencies: ["GroveCommands"], swiftSettings: settings),
    .executableTarget(name: "dtc", dependencies: ["DTCCommand"], swiftSettings: settings),
    // The program of GuestTree's tutorial
    .executableTarget(
      name: "first-guest", dependencies: ["GuestTree"], path: "Examples/first-guest", swiftSettings: settings),
    // Tests
    tests("Diagnostics"),
    tests("FlattenedTree"),
    tests("DeviceTree", ["FlattenedTree", "Diagnostics"]),
    tests("DeviceTreeSource", ["DeviceTree", "Diagnostics"]),
    tests(
      "TreeChecks", ["DeviceTreeSource", "DeviceTree", "Diagnostics"],
      exclude: ["Fixtures"]),
    tests("XLConfig", ["Diagnostics"], exclude: ["Wrong"]),
    tests("BootImages"),
    tests("XenFacts"),
    tests(
      "GuestTree", ["DeviceTreeSource", "DeviceTree", "FlattenedTree", "BootImages", "XenFacts", "Diagnostics"],
      exclude: ["Golden", "ToolstackGolden"]),
    tests("DTCCommand", ["DeviceTreeSource"]),
    tests("Machine", ["DeviceTree", "DeviceTreeSource"]),
    tests("KernelHandover", ["DeviceTreeSource", "DeviceTree", "Diagnostics"]),
    tests(
      "XenSystem", ["GuestTree", "DeviceTree", "DeviceTreeSource", "BootImages", "Machine", "XenFacts", "Diagnostics"],
      exclude: ["Dom0Golden"]),
    tests(
      "SystemFiles",
      [
        "XenSystem", "Machine", "GuestTree", "DeviceTree", "DeviceTreeSource", "XLConfig", "FlattenedTree", "XenFacts",
        "Diagnostics",
      ]),
    tests(
      "XenRules",
      ["RuleFixtures", "TrialBoot", "SystemFiles", "DeviceTree", "BootImages", "XenSystem", "XenFacts", "Diagnostics"],
      exclude: ["Fixtures", "Trees"]),
    tests("BootTargets", ["XenSystem", "Machine", "DeviceTree", "BootImages", "XenFacts", "Diagnostics"]),
    tests(
      "BootLog", ["XenRules", "SystemFiles", "XenSystem", "DeviceTree", "XenFacts", "Diagnostics"],
      exclude: ["Fixtures", "Logs"]),
    tests("TrialBoot", ["BootTargets", "BootLog", "DeviceTree", "XenFacts", "Diagnostics"]),
    // Fixtures of rules on real Xens, for the tests and for Scripts/boot-fixture.
    .target(
      name: "RuleFixtures",
      dependencies: ["TrialBoot", "SystemFiles", "BootTargets", "DeviceTree", "XenFacts", "Diagnostics"],
      path: "Tests/RuleFixtures", swiftSettings: settings),
    .executableTarget(
      name: "boot-fixture", dependencies: ["RuleFixtures", "TrialBoot", "Diagnostics"], path: "Tests/boot-fixture",
      swiftSettings: settings),
    // These start grove itself, so they depend on the executable being built.
    .testTarget(
      name: "GroveTests",
      dependencies: [
        "grove", "first-guest", "RuleFixtures", "XenRules", "TrialBoot", "SystemFiles", "XenSystem", "XenFacts",
        "BootImages", "DeviceTree", "Diagnostics", "GuestTree", "FlattenedTree", "Machine",
      ], swiftSettings: settings),
  ]
)
