// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Foundation

// What fdtoverlay does and no more: ApplyOverlay BASE OVERLAY OUTPUT
let paths = CommandLine.arguments
guard paths.count == 4 else { exit(2) }
func read(_ path: String) throws -> DeviceTree {
  try DeviceTree(blob: [UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
}
var tree = try read(paths[1])
try tree.apply(overlay: read(paths[2]), named: paths[2])
try Data(tree.blob()).write(to: URL(fileURLWithPath: paths[3]))
