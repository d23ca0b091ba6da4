// SPDX-License-Identifier: Apache-2.0

// Rules about descriptions: the final tree no longer shows the fault, so the front end speaks.
extension Rule {
  static let memoryUnit = Rule(
    "memory-unit", "a memory size has no unit, or one that is none",
    explanation: """
      Xen's own property counts KiB, xl counts MiB, and people think in both. A description says which: KiB, MiB or GiB.
      """)

  static let fileMissing = Rule(
    "file-missing", "a file that the description names cannot be read",
    explanation:
      "The file does not exist, is a directory or a device, or may not be read. Paths are relative to the description.")

  static let unknownKey = Rule(
    "unknown-key", "a key of the description is not known",
    explanation: """
      A misspelt key would otherwise be left out silently, and Xen would take its default. Anything that Xen's binding knows and \
      the description has no key for goes under `properties`.
      """)
}
