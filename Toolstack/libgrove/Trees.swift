// SPDX-License-Identifier: Apache-2.0
public import CGrove
internal import FlattenedTree

// Trees where they lie.

@c(grove_tree_check)
public func treeCheck(_ blob: UnsafeRawPointer?, _ size: Int, _ fault: UnsafeMutablePointer<grove_fault>?) -> Int32 {
  do throws(FlattenedTreeError) {
    let tree = try FlattenedTree(unsafe bytes(blob, size))
    try tree.validate()
    return GROVE_OK
  } catch {
    unsafe fault?.pointee = grove_fault(code: UInt32(error.code.rawValue), offset: UInt64(clamping: error.offset))
    return GROVE_NO_TREE
  }
}

@c(grove_tree_get)
public func treeGet(
  _ blob: UnsafeRawPointer?, _ size: Int, _ path: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
  _ value: UnsafeMutablePointer<UnsafeRawPointer?>?, _ length: UnsafeMutablePointer<Int>?
) -> Int32 {
  var place = 0..<0
  let result = unsafe find(blob, size, path, name, &place)
  guard result == GROVE_OK, let blob = unsafe blob else { return result }
  unsafe value?.pointee = blob + place.lowerBound
  unsafe length?.pointee = place.count
  return GROVE_OK
}

@c(grove_tree_put)
public func treePut(
  _ blob: UnsafeMutableRawPointer?, _ size: Int, _ path: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
  _ value: UnsafeRawPointer?, _ length: Int
) -> Int32 {
  var place = 0..<0
  let result = unsafe find(blob, size, path, name, &place)
  guard result == GROVE_OK, let blob = unsafe blob else { return result }
  guard place.count == length else { return GROVE_OTHER_LENGTH }
  if length > 0, let value = unsafe value {
    unsafe (blob + place.lowerBound).copyMemory(from: value, byteCount: length)
  }
  return GROVE_OK
}

/// Where in the blob a property's value lies.
private func find(
  _ blob: UnsafeRawPointer?, _ size: Int, _ path: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
  _ place: inout Range<Int>
) -> Int32 {
  let path = unsafe text(path)
  let name = unsafe text(name)
  guard path.first == UInt8(ascii: "/") else { return GROVE_NO_NODE }
  let wanted = path.split(separator: UInt8(ascii: "/"))
  do throws(FlattenedTreeError) {
    let tree = try FlattenedTree(unsafe bytes(blob, size))
    var events = tree.events()
    // How many parts of the path the open nodes are.
    var matched = -1
    var depth = -1
    while let event = try events.next() {
      switch event {
      case .beginNode(let node):
        depth += 1
        if depth == 0 || matched == depth - 1 && depth <= wanted.count && isSame(node.bytes, wanted[depth - 1]) {
          matched = depth
        }
      case .property(let property):
        guard matched == wanted.count, depth == matched, isSame(property.name.bytes, name[...]) else { continue }
        place = property.value.offset..<(property.value.offset + property.value.count)
        return GROVE_OK
      case .endNode:
        if depth == matched, matched == wanted.count { return GROVE_NO_PROPERTY }
        matched = min(matched, depth - 1)
        depth -= 1
      }
    }
    return GROVE_NO_NODE
  } catch {
    return GROVE_NO_TREE
  }
}

private func isSame(_ bytes: RawSpan, _ other: ArraySlice<UInt8>) -> Bool {
  guard bytes.byteCount == other.count else { return false }
  for (offset, byte) in other.enumerated() where unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self) != byte
  {
    return false
  }
  return true
}
