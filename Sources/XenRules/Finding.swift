// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics

/// A fault that a rule found, before it is given the rule's name and level.
struct Finding {
  var message: String
  var place: Place
  /// Where this one fault weighs less than the rule, or more.
  var level: Diagnostic.Level?
  var hint: String?
  var notes: [Diagnostic.Note] = []
  /// Nodes beside that of `place` where a prerequisite may already have named the cause.
  var causes: [Place]

  init(
    _ message: String, at place: Place, level: Diagnostic.Level? = nil, hint: String? = nil,
    notes: [Diagnostic.Note] = [], causes: [Place] = []
  ) {
    self.message = message
    self.place = place
    self.level = level
    self.hint = hint
    self.notes = notes
    self.causes = causes
  }
}
