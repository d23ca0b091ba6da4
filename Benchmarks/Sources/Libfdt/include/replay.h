// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

// What a program says to libfdt's sequential writer, one call after the other, with everything known already: a lower bound
// of what building a tree with libfdt costs.

enum replay_kind { replay_begin_node, replay_property, replay_end_node };

struct replay_call {
    enum replay_kind kind;
    const char *name;
    const void *value;
    int32_t length;
};

// Into memory that is large enough. Gives the size of the blob, or 0.
uint64_t replay(const struct replay_call *calls, uint64_t count, void *room, uint64_t size);

// As libxl does: into 4096 bytes, and when they are full from the start again into twice as many.
uint64_t replay_growing(const struct replay_call *calls, uint64_t count);
