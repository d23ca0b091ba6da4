// SPDX-License-Identifier: Apache-2.0

/// Configurations that xl reads.
enum RightFiles {
  static let all = [
    "",
    "\n\n",
    "   ",
    "# only a comment\n",
    """
    name = "guest"
    type = "pvh"
    kernel = '/boot/Image'
    ramdisk = "/boot/ramdisk.gz"
    memory = 256
    vcpus = 2
    extra = "console=hvc0 root=/dev/xvda1 ro # not a comment"

    """,
    """
    name="h0"; type="hvm"
    disk = [ 'format=raw, vdev=xvda, access=rw, target=/dev/vg/guest', ]
    vif = [ 'mac=00:16:3e:00:00:01,bridge=xenbr0', '' ]
    on_crash = 'preserve' ;

    """,
    """
    # an Arm guest with a device of the host
    device_tree = "/etc/xen/pl031.dtb"
    irqs = [ 34, 0x23, 036 ]
    iomem = [ "0x9010,1", "0x9011,1@0x24000" ]
    dtdev = [ "/pl031@9010000" ]
    vuart = "sbsa_uart"
    gic_version = "v3"

    """,
    """
    vnuma = [ [ "pnode=0", "size=512", "vcpus=0-4", "vdistances=10,20" ],
              [ "pnode=1", # the other
                "size=512",
                "vcpus=5-7", "vdistances=20,10" ]
            ]
    cpus = [ "2", "3-8,^5", [ ], [ [ 1, ], ] ]

    """,
    """
    vif.default.bridge = "xenbr0"
    claim_mode=1
    vm.cpumask = "0-7"
    a_1.b = 0x0

    """,
    "irqs += [ 34 ]\nirqs += [\n35,\n36 ]\nextra = 'a'\nextra += ' b'\nextra += 3\nmemory = 1\nmemory = 2\n",
    #"cmdline = "quotes \" and ' and \\ and \t\n\a\b\f\v\r" ; extra = 'and "\'" too'"# + "\n",
    #"uuid = "1\101\0629\12345\1 -9z""# + "\n",
    "memory = 08\nmaxmem = 0x\nvcpus = 1fx2\nshadow_memory = 99999999999999999999\n",
    "\tname\t=\t'tabs'\t# and a comment\n",
    "a = 1$",
    "a = 1 #",
  ]
}

/// Changes files as somebody would who is in a hurry, and as nobody would.
struct Mutator {
  var dice: Dice

  private static let words = [
    "=", "+=", "[", "]", ",", ";", "\n", " ", "\t", "#", "# c\n", "1", "0x1f", "08", "'", "\"", "'x'", "\"y\"", "name",
    "a.b", "\\", "\\n", "\\\"", "\\101", "$", "(", ")", "X", "_", "-1", "\r", "\u{E9}", "\0",
  ].map { Array($0.utf8) }

  mutating func change(_ file: [UInt8]) -> [UInt8] {
    var bytes = file
    for _ in 0..<Int.random(in: 1...3, using: &dice) { changeOnce(&bytes) }
    return bytes
  }

  private mutating func changeOnce(_ bytes: inout [UInt8]) {
    let place = Int.random(in: 0...bytes.count, using: &dice)
    let end = min(place + Int.random(in: 1...20, using: &dice), bytes.count)
    let word = Self.words.randomElement(using: &dice) ?? []
    switch Int.random(in: 0..<10, using: &dice) {
    case 0, 1, 2: bytes.insert(contentsOf: word, at: place)
    case 3, 4: bytes.replaceSubrange(place..<min(place + 1, bytes.count), with: word)
    case 5: bytes.replaceSubrange(place..<min(place + 1, bytes.count), with: [UInt8.random(in: 0...255, using: &dice)])
    case 6: bytes.removeSubrange(place..<min(place + 1, bytes.count))
    case 7: bytes.removeSubrange(place..<end)
    case 8: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &dice))
    default: bytes.removeSubrange(place...)
    }
  }
}
