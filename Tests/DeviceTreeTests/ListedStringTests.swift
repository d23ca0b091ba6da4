// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Testing

@Test(arguments: [
  ("a,b", true), ("c", true), ("a", false), ("a,bc", false), ("", false), ("d", false),
])
func aValueListsItsStringsAndNoOthers(_ text: String, _ expected: Bool) {
  #expect(PropertyValue.strings(["a,b", "c"]).lists(text) == expected)
}

@Test func whatHasNoEndIsNotListed() {
  #expect(!PropertyValue(bytes: Array("a".utf8)).lists("a"))
  #expect(!PropertyValue.empty.lists(""))
  #expect(PropertyValue.string("").lists(""))
}
