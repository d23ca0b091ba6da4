# SPDX-License-Identifier: Apache-2.0
"""A toolstack in Python: plans the guest of GroveTests/LibgroveTests with libgrove and writes its tree.

    guest.py LIBGROVE KERNEL TREE [ADDITIONS]
"""
import ctypes
import sys

library, kernel, target = sys.argv[1:4]
grove = ctypes.CDLL(library)
grove.grove_guest_new.restype = ctypes.c_void_p
grove.grove_guest_tree.restype = ctypes.c_void_p
grove.grove_guest_reason.restype = ctypes.c_char_p
number = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint64]
grove.grove_guest_set_number.argtypes = number
grove.grove_guest_set_bytes.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t]
grove.grove_guest_plan.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
grove.grove_guest_tree.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_size_t)]
grove.grove_guest_reason.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64)]
grove.grove_guest_free.argtypes = [ctypes.c_void_p]

with open(kernel, "rb") as file:
    image = file.read()
guest = grove.grove_guest_new(b"xen-arm64", 4, 20)
for key, value in {b"cpus": 2, b"memory": 64 << 20, b"vpl011": 1}.items():
    assert grove.grove_guest_set_number(guest, key, value) == 0
assert grove.grove_guest_set_bytes(guest, b"bootargs", b"name=c", 6) == 0
if len(sys.argv) > 4:
    with open(sys.argv[4], "rb") as file:
        additions = file.read()
    assert grove.grove_guest_set_bytes(guest, b"model", b"From Python", 11) == 0
    assert grove.grove_guest_set_bytes(guest, b"additions", additions, len(additions)) == 0
result = grove.grove_guest_plan(guest, image, len(image))
assert result == 0, grove.grove_guest_reason(guest, None)
size = ctypes.c_size_t()
tree = grove.grove_guest_tree(guest, ctypes.byref(size))
with open(target, "wb") as file:
    file.write(ctypes.string_at(tree, size.value))
grove.grove_guest_free(guest)
