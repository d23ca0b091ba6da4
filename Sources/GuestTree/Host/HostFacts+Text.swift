// SPDX-License-Identifier: Apache-2.0

#if !hasFeature(Embedded)
  extension HostFacts.Found: CustomStringConvertible {
    /// `cpu-compatible = arm,cortex-a57, from /cpus/cpu@0 compatible`
    public var description: String {
      let value = value.map { "= \($0.text)" } ?? "is not told"
      switch source {
      case .assumed, .given: return "\(fact.text) \(value), \(source.text ?? "")"
      case .tree: return "\(fact.text) \(value), from \(source.text ?? "")"
      case .missing: return "\(fact.text) \(value)"
      }
    }
  }

  extension HostFact.Value {
    /// Numbers are decimal; strings have commas between them.
    public var text: String {
      switch self {
      case .gic(let gic): gic == .v2 ? "v2" : "v3"
      case .strings(let bytes):
        bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
      case .number(let number): "\(number)"
      case .node(let name): String(decoding: name, as: UTF8.self)
      }
    }
  }

  extension HostFact.Source {
    /// `assumed`, `given`, or a path and the name of a property; nil when nobody tells.
    public var text: String? {
      switch self {
      case .assumed: "assumed"
      case .given: "given"
      case .tree(let path, let property):
        String(decoding: path, as: UTF8.self)
          + (property.isEmpty ? "" : " " + String(decoding: property, as: UTF8.self))
      case .missing: nil
      }
    }
  }
#endif
