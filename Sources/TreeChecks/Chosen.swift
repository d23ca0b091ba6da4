// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// The node /chosen, in which firmware speaks to the system.
extension TreeCheck {
  static let chosen: InlineArray<_, TreeCheck> = [
    TreeCheck(
      .obsoleteChosenInterruptController, "obsolete_chosen_interrupt_controller",
      demands: "/chosen does not say which interrupt controller there is"
    ) { run in
      guard let chosen = run.nodes(called: "chosen").first(where: { run.parent($0) == Inspection.root }),
        let property = run.find("interrupt-controller", in: chosen)
      else { return }
      run.report(Inspection.root, property, "/chosen has obsolete \"interrupt-controller\" property")
    },
    TreeCheck(.chosenNodeIsRoot, "chosen_node_is_root", demands: "chosen stands in the root") { run in
      for node in run.chosenNodes() where run.parent(node) != Inspection.root {
        run.report(node, "chosen node must be at root node")
      }
    },
    TreeCheck(.chosenNodeBootargs, "chosen_node_bootargs", demands: "bootargs of chosen is a string") { run in
      for node in run.chosenNodes() {
        if let bootargs = run.find("bootargs", in: node) { run.checkString(bootargs) }
      }
    },
    TreeCheck(.chosenNodeStdoutPath, "chosen_node_stdout_path", demands: "stdout-path of chosen is a string") { run in
      for node in run.chosenNodes() {
        if let path = run.find("stdout-path", in: node) {
          run.checkString(path)
        } else if let path = run.find("linux,stdout-path", in: node) {
          run.report(path, "Use 'stdout-path' instead")
          run.checkString(path)
        }
      }
    },
  ]
}

extension Inspection {
  fileprivate func chosenNodes() -> [Int32] { nodes(called: "chosen") }
}
