// SPDX-License-Identifier: Apache-2.0
import DeviceTreeSource
import Glibc

// One program for all targets, so that everything is linked once. The first argument would be lost when libFuzzer starts itself
// again, to make a crash smaller; the environment is not.

typealias Target = @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>, _ target: Target
) -> Int32

/// The targets by name. Each takes bytes that libFuzzer keeps, and returns when nothing is wrong.
let targets: [(name: String, run: Target)] = unsafe [
  (
    "reader",
    {
      unsafe readInEveryWay(span($0, $1)); return 0
    }
  ),
  (
    "writer",
    {
      unsafe writeAndReadBack(array($0, $1)); return 0
    }
  ),
  (
    "parser",
    {
      unsafe compile(array($0, $1), preprocessing: .off); return 0
    }
  ),
  (
    "preprocessor",
    {
      unsafe compile(array($0, $1), preprocessing: .on(definitions: ["__DTS__"])); return 0
    }
  ),
  (
    "overlay",
    {
      unsafe applyOverlay(array($0, $1)); return 0
    }
  ),
  (
    "decompiler",
    {
      unsafe decompileAndCompile(array($0, $1)); return 0
    }
  ),
  (
    "xlconfig",
    {
      unsafe readConfiguration(array($0, $1)); return 0
    }
  ),
]

/// The bytes where they lie, so that a read outside of them is seen.
func span(_ start: UnsafePointer<UInt8>?, _ count: Int) -> UnsafeRawBufferPointer {
  unsafe UnsafeRawBufferPointer(start: start, count: count)
}

func array(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
  unsafe Array(UnsafeBufferPointer(start: start, count: count))
}

let name = unsafe getenv("GROVE_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
guard let target = unsafe targets.first(where: { unsafe $0.name == name }) else {
  violated("GROVE_FUZZ_TARGET names no target; there are \(unsafe targets.map { unsafe $0.name })")
}
var count = CommandLine.argc
var arguments = unsafe CommandLine.unsafeArgv
exit(unsafe runDriver(&count, &arguments, target.run))
