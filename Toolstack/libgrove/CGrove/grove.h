/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libgrove: device trees and guests for toolstacks in C, and in whatever calls C.
 *
 * Trees are checked, read and patched where they lie. A guest is described, planned and read out: its tree, which bytes go where,
 * which memory it has, what its first CPU starts with. Nothing is opened or printed, no thread is started, and no input traps.
 *
 * A function that returns int gives 0, or a GROVE_ number. What it gives out by a pointer stays the library's and lives as long as
 * the object it came from.
 */
#ifndef GROVE_H
#define GROVE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GROVE_OK 0
#define GROVE_NO_TREE 1      /* these bytes are no sound flattened device tree; the fault says why */
#define GROVE_NO_NODE 2      /* no node has that path */
#define GROVE_NO_PROPERTY 3  /* the node has no such property */
#define GROVE_OTHER_LENGTH 4 /* the new value is not as long as the old one */
#define GROVE_NO_KEY 5       /* guests have no such key, or it is of another kind */
#define GROVE_NO_KERNEL 6    /* the platform cannot start this kernel */
#define GROVE_REFUSED 7      /* the guest cannot be planned; grove_guest_reason says why */
#define GROVE_NO_SUCH 8      /* no such platform, no such entry */

/* What is wrong with a tree: a number of Grove's, and the byte where it is. */
struct grove_fault {
  uint32_t code;
  uint64_t offset;
};

/* --- Trees ------------------------------------------------------------------------------------------------------------------ */

/* Whether the blob is a sound tree of version 1 to 3, 16 or 17: header, blocks, nesting, every name. */
int grove_tree_check(const void *blob, size_t size, struct grove_fault *fault);

/* The value of a property, inside the blob. The path is full, "/chosen"; "/" is the root. */
int grove_tree_get(const void *blob, size_t size, const char *path, const char *name, const void **value, size_t *length);

/* Overwrites a value with one of the same length. Nothing else of the blob changes. */
int grove_tree_put(void *blob, size_t size, const char *path, const char *name, const void *value, size_t length);

/* --- Guests ----------------------------------------------------------------------------------------------------------------- */

struct grove_guest;

struct grove_range {
  uint64_t address;
  uint64_t size;
};

/* Which bytes of an input ("kernel", "ramdisk", "tree") go to which memory. What is longer than the bytes is filled with zeros. */
struct grove_load {
  const char *input;
  uint64_t offset;
  uint64_t size;
  struct grove_range memory;
};

/* A register of the first CPU, or a page that the guest shares with dom0. */
struct grove_value {
  const char *name;
  uint64_t value;
};

/*
 * A guest of a platform: "xen-arm64", "xen-arm32", "qemu-virt", "qemu-virt-riscv64", for a version of Xen such as 4 and 20. NULL for a platform that there
 * is not. It has one CPU, no memory, no console, and the host facts of a GICv3 with "arm,cortex-a57".
 */
struct grove_guest *grove_guest_new(const char *platform, unsigned major, unsigned minor);
void grove_guest_free(struct grove_guest *guest);

/* "cpus", "starting-cpus", "memory" (bytes), "ramdisk-size", "vpl011" (0 or 1), "shared-interrupts", "interrupt" (adds one), "gic" (2
 * or 3), "address-bits", "timer-frequency", "kernel-address", "ramdisk-address", "tree-address", "announce" (how the guest is told of
 * its hypervisor: 1 for xenbus, 2 for virtio-mmio, 4 for virtio-pci, added up). */
int grove_guest_set_number(struct grove_guest *guest, const char *key, uint64_t value);

/* "name", "bootargs", "cpu-compatible" (adds one; the first call replaces the preset), "device-tree" (a partial tree's blob),
 * "host-tree" (the blob of the host's tree; what the platform takes over from a host is read from it, GROVE_NO_TREE when it is none),
 * "model" (of the root, in place of the platform's), "additions" (a blob whose properties and nodes are joined with the platform's). */
int grove_guest_set_bytes(struct grove_guest *guest, const char *key, const void *bytes, size_t length);

/* Adds a bank of RAM, in place of the platform's choice. */
int grove_guest_add_ram(struct grove_guest *guest, uint64_t address, uint64_t size);

/* Adds registers of the machine that the guest has at an address of its own. */
int grove_guest_add_mapping(struct grove_guest *guest, uint64_t address, uint64_t size, uint64_t machine);

/* Plans the guest with this kernel's file: an Image, a zImage, or one of them in gzip. Once planned, a guest changes no more. */
int grove_guest_plan(struct grove_guest *guest, const void *kernel, size_t size);

/* Why the last plan was refused, and the number that it is about, an address where there is one. NULL when it was not. */
const char *grove_guest_reason(const struct grove_guest *guest, uint64_t *value);

/* Of a planned guest; NULL and GROVE_NO_SUCH for one that is not planned, or past the last entry. */
const void *grove_guest_tree(const struct grove_guest *guest, size_t *size);
/* The kernel's bytes as they are loaded: unpacked where the file was packed. */
const void *grove_guest_kernel(const struct grove_guest *guest, size_t *size);
int grove_guest_ram(const struct grove_guest *guest, size_t index, struct grove_range *range);
int grove_guest_load(const struct grove_guest *guest, size_t index, struct grove_load *load);
int grove_guest_register(const struct grove_guest *guest, size_t index, struct grove_value *value);
int grove_guest_page(const struct grove_guest *guest, size_t index, struct grove_value *page);

#ifdef __cplusplus
}
#endif

#endif
