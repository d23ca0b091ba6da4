// SPDX-License-Identifier: Apache-2.0

/// A property of a platform's tree, as data: its value is made of terms that stand one after the other.
public struct PropertyTemplate: Sendable {
  public var name: StaticString
  public var conditions: [Condition]
  public var value: [Term]

  public init(_ name: StaticString, _ value: [Term], when conditions: [Condition] = []) {
    self.name = name
    self.value = value
    self.conditions = conditions
  }
}

/// A part of a value.
public enum Term: Sendable {
  /// Characters without a zero.
  case text(StaticString)
  /// Characters and a zero.
  case string(StaticString)
  case cell(UInt32)
  /// Two cells.
  case number(UInt64)
  case fact(Fact)
  /// A value that may be known only later; see ``LateValue``.
  case late(LateName)
}

/// What is known of a guest, its host and its platform when the tree is written.
public enum Fact: Sendable {
  /// The command line and a zero.
  case bootargs
  /// The guest's name and a zero.
  case guestName
  /// All banks, and shared memory where the platform lists it, as addresses and sizes of two cells.
  case memory
  /// The bank that the node is for, the first one, the second one.
  case bank, firstBank, secondBank
  /// All RAM as if it were in one bank from the first one's start.
  case wholeMemory
  /// The `reg` of the CPU that the node is for.
  case cpuIdentity
  /// The same where CPUs are counted from 0: a hart's number.
  case hartNumber
  /// The phandle of the interrupt controller that is the CPU's own, for which the node is.
  case hartControllerPhandle
  /// Two interrupts of every CPU, each behind the phandle of the CPU's own interrupt controller.
  case hartInterrupts(UInt32, UInt32)
  case hostCPUCompatible, hostCPUFrequency
  case timerFrequency
  /// The phandle of the interrupt controller.
  case controllerPhandle
  /// The registers of the interrupt controller.
  case controllerRegisters
  /// How many ranges of redistributors there are, a cell.
  case redistributorCount
  /// The console that is emulated.
  case vuart, vuartInterrupt
  /// `4.20` and a zero.
  case version
  /// The grant table, then what is left free for foreign mappings.
  case foreignMemory
  /// The shared memory that the node is for.
  case sharedMemory, sharedMemoryID
  /// The device that the node is for.
  case deviceRegisters, deviceInterrupt, deviceBackend
  case acpiTables
  /// The binary logarithm of the bytes of a PowerPC guest's hash table, a cell.
  case hashTableOrder
}

extension PropertyTemplate {
  static func flag(_ name: StaticString, when conditions: [Condition] = []) -> PropertyTemplate {
    PropertyTemplate(name, [], when: conditions)
  }

  static func cells(_ name: StaticString, _ cells: UInt32..., when conditions: [Condition] = []) -> PropertyTemplate {
    PropertyTemplate(name, cells.map { .cell($0) }, when: conditions)
  }

  static func strings(
    _ name: StaticString, _ strings: StaticString..., when conditions: [Condition] = []
  ) -> PropertyTemplate {
    PropertyTemplate(name, strings.map { .string($0) }, when: conditions)
  }

  static func fact(_ name: StaticString, _ fact: Fact, when conditions: [Condition] = []) -> PropertyTemplate {
    PropertyTemplate(name, [.fact(fact)], when: conditions)
  }

  static func late(_ name: StaticString, _ late: LateName, when conditions: [Condition] = []) -> PropertyTemplate {
    PropertyTemplate(name, [.late(late)], when: conditions)
  }
}
