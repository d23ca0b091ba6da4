// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

extension PassthroughPlan {
  /// What the devices need and what becomes of it, as a tree for people.
  public var explanation: String {
    var text = ""
    for device in devices {
      text += device.path + "\n"
      var lines: [String] = []
      for mapping in device.registers {
        let guest =
          mapping.guest == mapping.host ? "at the same address" : "in the guest at \(hex(mapping.guest.lowerBound))"
        lines.append("registers \(describe(mapping.host)), \(guest)")
      }
      if !device.interrupts.isEmpty { lines.append("interrupts " + device.interrupts.joined(separator: ", ")) }
      for need in device.needs {
        let user = need.user == device.path ? "" : " of \(need.user)"
        let name = need.name.map { " (\($0))" } ?? ""
        lines.append("\(need.kind)\(name) \(need.provider)\(user): \(need.fate.text)")
      }
      for (index, line) in lines.enumerated() {
        text += (index == lines.count - 1 ? "└─ " : "├─ ") + line + "\n"
      }
    }
    return text
  }
}

extension PassthroughPlan.Fate {
  var text: String {
    switch self {
    case .given: "goes along"
    case .copied: "a copy goes along"
    case .clock(let rate): "a fixed clock of \(rate) Hz in its place"
    case .byXen: "Xen sees to it"
    case .needless(let reason): "left out: \(reason)"
    case .dropped: "left out, as asked"
    case .open: "stands in the way"
    }
  }
}
