// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

// Each does with libfdt what its namesake in the benchmarks does with our reader, and gives the same checksum.

uint64_t libfdt_walk(const void *blob);
uint64_t libfdt_check(const void *blob, uint64_t size);
// The sum of the lengths of the names of the nodes at these paths.
uint64_t libfdt_paths(const void *blob, const char *const *paths, uint64_t count);
uint64_t libfdt_phandles(const void *blob, const uint32_t *phandles, uint64_t count);
// Writes the blob again, node by node; gives the size of what was written, or 0.
uint64_t libfdt_write(const void *blob, void *room, uint64_t size);
