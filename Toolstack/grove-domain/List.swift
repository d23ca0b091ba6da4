// SPDX-License-Identifier: Apache-2.0
internal import CXen

/// Writes a line for each domain that Xen has.
///
/// - Returns: the exit status.
func list(_ output: inout Stream) throws(Failure) -> Int32 {
  let toolstack = try Toolstack()
  var next: UInt32 = 0
  while true {
    var info = xc_domaininfo_t()
    let count = try checked(unsafe xc_domain_getinfolist(toolstack.xen, next, 1, &info), "xc_domain_getinfolist")
    guard count == 1 else { return 0 }
    output.write("domain ")
    output.write(decimal: UInt64(info.domain))
    output.write(": ")
    output.write(decimal: UInt64(info.nr_online_vcpus))
    output.write(info.nr_online_vcpus == 1 ? " cpu, " : " cpus, ")
    output.write(decimal: info.tot_pages >> 8)
    output.write(" MiB\n")
    next = UInt32(info.domain) + 1
  }
}
