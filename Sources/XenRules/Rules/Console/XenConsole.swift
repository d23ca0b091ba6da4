// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let xenConsole = Rule(
    "xen-console", "Xen has no console, so that nothing it says is seen",
    effects: [
      Effect("bad", xen417: .silent),
      Effect("bad-path", xen417: .silent),
      Effect("bad-x86", xen417: .silent),
      Effect("bad-stdout", xen417: .silent),
    ],
    explanation: """
      On Arm Xen's console is a UART of the tree: the one that dtuart= on its command line names by path or alias, \
      else that of stdout-path in /chosen. Where none is named, or the path leads nowhere, Xen runs and everything \
      that it says is lost, its panics too. The words for the consoles of x86, com1 and vga, name nothing on Arm.
      """
  ) { subject in
    guard let chosen = subject.chosen, !subject.modules.isEmpty || !subject.guests.isEmpty else { return [] }
    let line = subject.commandLine
    let words = subject.place(chosen, property: "xen,xen-bootargs")
    let consoles = line.value(of: "console")?.split(separator: ",").map(String.init) ?? ["dtuart"]
    if let foreign = consoles.first(where: { ["com1", "com2", "vga", "dbgp", "ehci", "xhci", "pv"].contains($0) }),
      !consoles.contains("dtuart")
    {
      return [
        Finding(
          "console=\(foreign) is for x86: on Arm Xen has console=dtuart", at: words,
          hint: "write console=dtuart, and dtuart= with the path of the UART")
      ]
    }
    guard consoles.contains("dtuart"), !subject.isFragment else { return [] }
    let named = line.value(of: "dtuart")
    let property = subject.tree[chosen, "stdout-path"] == nil ? nil : "stdout-path"
    let stdout = property.flatMap { subject.tree[chosen, $0]?.string }
    guard let text = named ?? stdout else {
      return [
        Finding(
          "neither dtuart= on Xen's command line nor stdout-path in /chosen names a UART: Xen prints nothing",
          at: subject.place(chosen), hint: "add dtuart= with the path of the UART to xen,xen-bootargs")
      ]
    }
    let place = named != nil ? words : subject.place(chosen, property: property)
    let said = named != nil ? "dtuart=\(text)" : "stdout-path = \"\(text)\""
    guard let uart = subject.tree.node(atPathOrAlias: text) else {
      return [
        Finding(
          "\(said) names no node of the tree: Xen prints nothing", at: place,
          hint: nearPath(to: text, in: subject).map { "did you mean \($0)?" })
      ]
    }
    if let status = subject.tree[uart, "status"]?.string, status != "okay", status != "ok" {
      return [
        Finding(
          "\(said) names \(subject.tree.path(of: uart)), whose status is \"\(status)\"", at: place, level: .warning)
      ]
    }
    return []
  }

  /// The path of a UART that looks most like the text.
  private static func nearPath(to text: String, in subject: Subject) -> String? {
    let tree = subject.tree
    let uarts = tree.walk().lazy.filter { node in
      let name = tree[node].baseName
      return ["serial", "uart", "pl011"].contains { name.hasPrefix($0) } && tree[node, "reg"] != nil
    }
    return nearestName(to: String(text.prefix { $0 != ":" }), among: uarts.prefix(64).map { tree.path(of: $0) })
  }
}
