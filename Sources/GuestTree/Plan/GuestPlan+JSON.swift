// SPDX-License-Identifier: Apache-2.0

#if !hasFeature(Embedded)
  extension GuestPlan {
    /// A file that the plan loads from, for its JSON.
    public struct File: Hashable, Sendable {
      public var input: Load.Input
      /// Beside the JSON.
      public var name: String
      public var size: Int
      /// In lower-case hexadecimal.
      public var sha256: String

      public init(input: Load.Input, name: String, size: Int, sha256: String) {
        self.input = input
        self.name = name
        self.size = size
        self.sha256 = sha256
      }
    }

    /// The plan for a program: keys are always in the same order, addresses and sizes in memory are hexadecimal texts.
    ///
    /// - Parameter files: the files that the inputs are in; without them the inputs have names only.
    public func json(files: [File] = []) -> String {
      var members: [String] = [
        "\"bundle\": 1", "\"platform\": \(Self.quoted("\(tree.platform.name)"))",
        "\"cpus\": {\"start\": \(domain.startingCPUs), \"limit\": \(domain.cpuLimit)}",
      ]
      if tree.platform.hasGIC {
        members.append("\"bits\": \(domain.isWide ? 64 : 32)")
        members.append("\"gic\": \"\(domain.gic == .v2 ? "v2" : "v3")\"")
        members.append("\"sharedInterrupts\": \(domain.sharedInterrupts)")
        members.append("\"machineInterrupts\": [\(tree.guest.interrupts.map { "\($0)" }.joined(separator: ", "))]")
      }
      members.append(Self.list("host", hostFacts.map(Self.object)))
      let announced = tree.platform.announcements(to: tree.guest)
      members.append(
        "\"announce\": [" + announced.kinds.map { "\"\($0.text)\"" }.joined(separator: ", ") + "]")
      if !files.isEmpty {
        members.append(
          Self.list(
            "files",
            files.map {
              "{\"input\": \"\($0.input.text)\", \"name\": \(Self.quoted($0.name)), \"size\": \($0.size), "
                + "\"sha256\": \"\($0.sha256)\"}"
            }))
      }
      members.append(Self.list("ram", domain.ram.map(Self.object)))
      members.append(
        Self.list(
          "mappings",
          tree.guest.mappings.map {
            "{\"address\": \"\(Self.hex($0.guest.lowerBound))\", \"machine\": \"\(Self.hex($0.machine))\", "
              + "\"size\": \"\(Self.hex($0.guest.upperBound - $0.guest.lowerBound))\"}"
          }))
      members.append(
        Self.list(
          "pages", layout.pages.map { "{\"name\": \"\($0.kind.text)\", \"address\": \"\(Self.hex($0.address))\"}" }))
      members.append(
        Self.list(
          "loads",
          loads.map { load in
            "{\"input\": \"\(load.input.text)\", \"offset\": \(load.source.lowerBound), "
              + "\"size\": \(load.source.upperBound - load.source.lowerBound), "
              + "\"address\": \"\(Self.hex(load.memory.lowerBound))\", "
              + "\"room\": \(load.memory.upperBound - load.memory.lowerBound)}"
          }))
      members.append(
        "\"registers\": {"
          + entry.registers.map { "\"\($0.name)\": \"\(Self.hex($0.value))\"" }.joined(separator: ", ") + "}")
      members.append("\"otherRegisters\": " + (entry.others.map { "\"\(Self.hex($0))\"" } ?? "null"))
      members.append(
        Self.list(
          "late",
          lateSlots.map {
            "{\"name\": \"\($0.name.text)\", \"offset\": \($0.offset), \"size\": \($0.name.size), \"known\": \($0.isKnown)"
              + ($0.input == .tree ? "}" : ", \"input\": \"\($0.input.text)\"}")
          }))
      members.append(Self.list("notes", notes.map { Self.quoted("\($0)") }))
      return "{" + members.joined(separator: ",\n ") + "}\n"
    }

    private static func object(_ range: Range<UInt64>) -> String {
      "{\"address\": \"\(hex(range.lowerBound))\", \"size\": \"\(hex(range.upperBound - range.lowerBound))\"}"
    }

    private static func object(_ found: HostFacts.Found) -> String {
      "{\"fact\": \"\(found.fact.text)\", \"value\": \(found.value.map { quoted($0.text) } ?? "null"), "
        + "\"source\": \(found.source.text.map(quoted) ?? "null")}"
    }

    private static func list(_ name: String, _ elements: [String]) -> String {
      elements.isEmpty ? "\"\(name)\": []" : "\"\(name)\": [\n  " + elements.joined(separator: ",\n  ") + "]"
    }

    /// A text as JSON writes it, with its quotes.
    package static func quoted(_ text: String) -> String {
      var result = "\""
      for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": result += "\\" + String(scalar)
        case _ where scalar.value < 0x20:
          result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        default: result.unicodeScalars.append(scalar)
        }
      }
      return result + "\""
    }
  }
#endif
