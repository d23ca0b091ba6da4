// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import BootTargets

@Suite struct RunScriptTests {
  private let boot = DirectBoot(
    xen: "xen-4.20", tree: "boot.dtb", modules: [DirectBoot.Module(file: "Image", address: 0x4040_0000)])

  @Test func theScriptIsReadable() throws {
    let command = try QEMUCommand(host: Sample.host(), file: "virt.dtb")
    #expect(
      String(decoding: RunScript.text(command, boot), as: UTF8.self) == #"""
        #!/bin/sh
        # Starts this system in QEMU. Further arguments go to QEMU; QEMU=PROGRAM takes another QEMU.
        set -eu
        CDPATH= cd -- "$(dirname -- "$0")"
        QEMU=${QEMU:-qemu-system-aarch64}
        exec "$QEMU" \
          -machine virt,acpi=off,virtualization=on,gic-version=3 \
          -cpu cortex-a57 \
          -smp 4 \
          -m 2048M \
          -nic none \
          -display none \
          -no-reboot \
          -serial stdio \
          -monitor none \
          -kernel xen-4.20 \
          -dtb boot.dtb \
          -device loader,file=Image,addr=0x40400000,force-raw=on \
          "$@"

        """#)
  }

  @Test func itsArgumentsAreReadBack() throws {
    let command = try QEMUCommand(host: Sample.host(), file: "virt.dtb")
    #expect(RunScript.arguments(of: RunScript.text(command, boot)) == command.arguments + boot.arguments)
  }

  @Test func wordsThatTheShellWouldChangeAreQuoted() throws {
    let command = try QEMUCommand(host: Sample.host(), file: "virt.dtb")
    let strange = DirectBoot(xen: "it's a $Xen", tree: "\"tree\"", modules: [])
    let script = RunScript.text(command, strange)
    #expect(String(decoding: script, as: UTF8.self).contains(#"-kernel 'it'\''s a $Xen'"#))
    #expect(RunScript.arguments(of: script)?.suffix(4) == ["-kernel", "it's a $Xen", "-dtb", "\"tree\""])
  }

  @Test(arguments: ["#!/bin/sh\nexec qemu\n", "", "#!/bin/sh\n"])
  func anotherScriptIsNotRead(text: String) {
    #expect(RunScript.arguments(of: Array(text.utf8)) == nil)
  }

  @Test func aScriptWithAnotherCommandIsNotRead() throws {
    let command = try QEMUCommand(host: Sample.host(), file: "virt.dtb")
    let text = String(decoding: RunScript.text(command, boot), as: UTF8.self)
    for addition in ["; reboot", "$(reboot)", "& reboot", "> file"] {
      let changed = text.replacing("-cpu", with: "\(addition) -cpu")
      #expect(RunScript.arguments(of: Array(changed.utf8)) == nil, "\(addition)")
    }
  }
}
