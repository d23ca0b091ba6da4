// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

/// Devices that a description gives to a domain: `passthrough: [/rtc@9010000]`, where an entry may be a mapping as well:
///
///     - device: /ethernet@ff0e0000
///       clocks: {pclk: 125000000}
///       drop: [power-domains, resets]
///       iommu: {waive: "the guest is direct-mapped"}
struct AskedDevices {
  var request: PassthroughRequest
  var location: SourceLocation
}

extension SystemLoader {
  mutating func readPassthrough(_ fields: Fields, of owner: String) -> AskedDevices? {
    guard let value = fields["passthrough"] else { return nil }
    var request = PassthroughRequest(devices: [])
    for entry in fields.list("passthrough", &diagnostics) {
      if case .text(let device, _) = entry.content {
        request.devices.append(device)
        continue
      }
      let parts = Fields(entry, of: "a device of \(owner)", at: &diagnostics)
      parts.allow(["device", "clocks", "drop", "iommu"], &diagnostics)
      if let device = parts.text("device", &diagnostics) {
        request.devices.append(device.value)
      } else {
        diagnostics.append(.error("yaml-structure", "an entry of `passthrough` names no `device`", at: entry.place))
      }
      for clock in parts.fields("clocks", &diagnostics)?.all ?? [] {
        if case .text(let text, _) = clock.value.content, let rate = PropertyLiteral.integer(text), rate > 0 {
          request.clockRates[clock.key] = rate
        } else {
          diagnostics.append(
            .error("yaml-structure", "the rate of `\(clock.key)` should be a number of hertz", at: clock.value.place))
        }
      }
      for drop in parts.list("drop", &diagnostics) {
        if case .text(let name, _) = drop.content { request.drops.insert(name) }
      }
      if let iommu = parts.fields("iommu", &diagnostics) {
        iommu.allow(["waive"], &diagnostics)
        request.iommuWaiver = iommu.text("waive", &diagnostics)?.value
      }
    }
    return AskedDevices(request: request, location: value.location)
  }

  /// Makes the partial tree of what a domain was given, and marks it in the host's tree.
  mutating func give(_ asked: AskedDevices, to domain: inout Domain, of host: inout Host) {
    let place = Place(asked.location)
    let name = domain.name.value
    guard domain.deviceTree == nil else {
      diagnostics.append(
        .error(
          "passthrough-choice", "\(name) has both `passthrough` and `device-tree`, and Xen takes one partial tree",
          at: place, hint: "leave one of them out"))
      return
    }
    var request = asked.request
    request.taken = PassthroughRequest.taken(memory: domain.memory?.value ?? 0)
    var tree = host.tree
    _ = tree.resolveReferences()
    let plan = XenSystem.passthrough(request, from: tree, file: host.file)
    // What rules say of the final trees is not said twice.
    let judgedLater: Set = ["passthrough-neighbours", "passthrough-stream-shared"]
    diagnostics += plan.diagnostics.filter { !judgedLater.contains($0.rule) }.map { found in
      var found = found
      if found.place.node == nil {
        // A name that is nowhere in the host's tree stands here alone.
        found.place = place
      } else {
        found.notes.append(Diagnostic.Note("\(name) is to have it", at: place))
      }
      return found
    }
    guard !plan.diagnostics.hasErrors else { return }
    do {
      let blob = try plan.fragment.blob()
      domain.deviceTree = Module(
        kind: .deviceTree, file: BootFile(name: "\(name)-passthrough.dtb", bytes: blob), location: asked.location)
      plan.mark(&host.tree)
    } catch {
      diagnostics.append(
        .error("passthrough-device", "the partial tree of \(name) cannot be written: \(error)", at: place))
    }
  }
}
