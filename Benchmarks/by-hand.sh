#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What people do without Grove: writes the U-Boot files of Examples/two-guests with dtc and mkimage, load addresses typed by hand.
# usage: by-hand.sh FOLDER OUTPUT    (FOLDER holds xen-4.20, virt.dtb, probe.Image and the ramdisks)
set -euo pipefail
in=$1 out=$2
rm -rf "$out"
mkdir -p "$out"
size() { printf '0x%x' "$(stat -Lc %s "$in/$1")"; }
module() { # KIND FILE ADDRESS [BOOTARGS]
  echo "module@$3 { compatible = \"multiboot,$1\", \"multiboot,module\"; reg = <0x0 0x$3 0x0 $(size "$2")>; ${4:+bootargs = \"$4\";} };"
}
{
  dtc -q -I dtb -O dts "$in/virt.dtb"
  cat <<END
/ { chosen { #address-cells = <2>; #size-cells = <2>; xen,xen-bootargs = "console=dtuart dtuart=/pl011@9000000 bootscrub=0";
domA { compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>; memory = <0x0 0x20000>; cpus = <2>; vpl011;
$(module kernel probe.Image 41400000 name=domA) $(module ramdisk ramdisk-domA.img 41600000) };
domB { compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>; memory = <0x0 0x80000>; cpus = <3>; vpl011;
$(module kernel probe.Image 41400000 name=domB) $(module ramdisk ramdisk-domB.img 41800000) };
}; };
END
} | dtc -q -I dts -O dtb -o "$out/boot.dtb" -
for file in xen-4.20@41000000 boot.dtb@41200000 probe.Image@41400000 ramdisk-domA.img@41600000 ramdisk-domB.img@41800000; do
  # shellcheck disable=SC2016 # U-Boot expands these.
  echo 'load ${devtype} ${devnum}:${distro_bootpart} 0x'"${file#*@}"' ${prefix}'"${file%@*}"
done > "$out/boot.cmd"
printf 'setenv fdt_high 0xffffffffffffffff\nbooti 0x41000000 - 0x41200000\n' >> "$out/boot.cmd"
mkimage -A arm64 -T script -C none -n xen -d "$out/boot.cmd" "$out/boot.scr" > /dev/null
cp "$in/xen-4.20" "$in/probe.Image" "$in/ramdisk-domA.img" "$in/ramdisk-domB.img" "$out"
(cd "$out" && sha256sum -- *) > "$out.sha256"
