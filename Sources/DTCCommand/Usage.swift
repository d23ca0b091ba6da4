// SPDX-License-Identifier: Apache-2.0

/// What `-h` and `-v` print.
enum Usage {
  /// The first line is what build systems read to learn which dtc this is.
  static let version = """
    Version: DTC 1.8.1
    Grove 0.1.0, standing in for dtc

    """

  static let text = """
    Usage: dtc [options] [input file, or - for standard input]

    Reads a device tree and writes it in another form.

    Input and output
      -I, --in-format FORMAT    dts (source), dtb (blob) or fs (folder like /proc/device-tree)
      -O, --out-format FORMAT   dts or dtb
      -o, --out FILE            write to FILE, not to standard output
      -d, --out-dependency FILE write what the output depends on, for make
      -i, --include FOLDER      look here as well for included files
      -q, --quiet               -q without warnings, -qq without errors of checks, -qqq without all of it
      -f, --force               write output although checks found errors

    Blobs
      -V, --out-version N       version 1, 2, 3, 16 or 17 (17 unless given)
      -R, --reserve N           leave room for N memory reservations
      -S, --space BYTES         make the blob at least this long
      -p, --pad BYTES           leave this much room at the end
      -a, --align BYTES         make the length a multiple of this
      -b, --boot-cpu ID         the CPU that boots
      -H, --phandle FORMAT      new phandles as epapr (phandle), legacy (linux,phandle) or both

    The tree
      -@, --symbols             tell labels in /__symbols__
      -L, --local-fixups        tell where phandles stand in /__fixups__ and /__local_fixups__
      -A, --auto-alias          tell labels in /aliases
      -s, --sort                sort nodes and properties
      -T, --annotate            say in a source where each line is from; -T -T says more

    Checks
      -W, --warning [no-]CHECK  turn a warning on or off
      -E, --error [no-]CHECK    make a check an error or not

      -h, --help                print this
      -v, --version             print the version

    """
}
