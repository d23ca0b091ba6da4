// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// A package of its own, so that nobody who builds Grove needs libfdt. `Benchmarks/run` and `Benchmarks/guest` build and run it.
let package = Package(
  name: "grove-benchmarks",
  dependencies: [.package(name: "grove", path: "..")],
  targets: [
    // The loops over libfdt, in C as a user of libfdt writes them.
    .target(name: "Libfdt", linkerSettings: [.linkedLibrary("fdt")]),
    .executableTarget(
      name: "ReaderBenchmarks",
      dependencies: ["Libfdt", .product(name: "FlattenedTree", package: "grove")],
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes"), .treatAllWarnings(as: .error),
      ]),
    .executableTarget(
      name: "GuestBenchmarks",
      dependencies: [
        "Libfdt", .product(name: "FlattenedTree", package: "grove"), .product(name: "GuestTree", package: "grove"),
      ],
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes"), .treatAllWarnings(as: .error),
      ]),
    .executableTarget(
      name: "ApplyOverlay", dependencies: [.product(name: "DeviceTree", package: "grove")],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "CheckTree",
      dependencies: [
        .product(name: "DeviceTree", package: "grove"),
        // With XenSystem and XenFacts.
        .product(name: "XenRules", package: "grove"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
  ]
)
