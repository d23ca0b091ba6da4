// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import Foundation
internal import XenRules

/// Diagnostics as SARIF 2.1.0 (OASIS), for code-scanning services.
struct SARIFReport: Encodable {
  var version = "2.1.0"
  var runs: [Run]

  init(_ diagnostics: [Diagnostic]) {
    let known = Dictionary(Rule.all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let names = Set(diagnostics.map(\.rule)).sorted()
    let rules = names.map { name in
      ReportedRule(
        id: name, shortDescription: known[name].map { Text(text: $0.summary) },
        fullDescription: known[name].map { Text(text: $0.explanation) })
    }
    runs = [Run(tool: Tool(driver: Driver(rules: rules)), results: diagnostics.map(Result.init))]
  }

  struct Run: Encodable {
    var tool: Tool
    var results: [Result]
  }

  struct Tool: Encodable {
    var driver: Driver
  }

  struct Driver: Encodable {
    var name = "grove"
    var rules: [ReportedRule]
  }

  struct ReportedRule: Encodable {
    var id: String
    var shortDescription: Text?
    var fullDescription: Text?
  }

  struct Text: Encodable {
    var text: String
  }

  struct Result: Encodable {
    var ruleId: String
    var level: String
    var message: Text
    var locations: [Location]

    init(_ diagnostic: Diagnostic) {
      ruleId = diagnostic.rule
      level = diagnostic.level.rawValue
      message = Text(text: diagnostic.message + (diagnostic.hint.map { "; \($0)" } ?? ""))
      locations = [Location(diagnostic.place)]
    }
  }

  struct Location: Encodable {
    var physicalLocation: PhysicalLocation?
    var logicalLocations: [LogicalLocation]?

    init(_ place: Place) {
      physicalLocation = place.file.map { file in
        PhysicalLocation(
          artifactLocation: Artifact(uri: file),
          region: place.location.map { Region(startLine: Int($0.line), startColumn: Int(max($0.column, 1))) })
      }
      logicalLocations = place.node.map { node in
        [LogicalLocation(fullyQualifiedName: node + (place.property.map { ":\($0)" } ?? ""))]
      }
    }
  }

  struct PhysicalLocation: Encodable {
    var artifactLocation: Artifact
    var region: Region?
  }

  struct Artifact: Encodable {
    var uri: String
  }

  struct Region: Encodable {
    var startLine: Int
    var startColumn: Int
  }

  struct LogicalLocation: Encodable {
    var fullyQualifiedName: String
  }
}
