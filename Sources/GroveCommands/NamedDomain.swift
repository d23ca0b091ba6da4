// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Diagnostics
internal import XenSystem

extension XenSystem {
  /// The domain that the command line names; dom0 goes by that name whatever else it is called.
  ///
  /// - Returns: its place in `domains`. Where there is none the names that there are have been said.
  func index(ofDomain name: String) throws(ExitCode) -> Int {
    let names = domains.map(\.name.value)
    if let index = names.firstIndex(of: name) ?? (name == "dom0" ? domains.firstIndex(where: \.isDom0) : nil) {
      return index
    }
    let near = nearestName(to: name, among: names).map { "; is \($0) meant?" } ?? ""
    Output.error("grove: no domain is called \(name): there \(names.count == 1 ? "is" : "are") \(domainList)\(near)\n")
    throw ExitCode(1)
  }

  /// The names of all domains, for a message.
  var domainList: String { domains.isEmpty ? "none" : domains.map(\.name.value).joined(separator: ", ") }
}
