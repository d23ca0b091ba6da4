// SPDX-License-Identifier: Apache-2.0
#include "replay.h"

#include <libfdt.h>
#include <stdlib.h>

static int say(const struct replay_call *call, void *room)
{
    switch (call->kind) {
    case replay_begin_node:
        return fdt_begin_node(room, call->name);
    case replay_property:
        return fdt_property(room, call->name, call->value, call->length);
    default:
        return fdt_end_node(room);
    }
}

static int say_all(const struct replay_call *calls, uint64_t count, void *room, uint64_t size)
{
    int error = fdt_create(room, size);

    if (!error)
        error = fdt_finish_reservemap(room);
    for (uint64_t i = 0; !error && i < count; i++)
        error = say(&calls[i], room);
    return error ? error : fdt_finish(room);
}

uint64_t replay(const struct replay_call *calls, uint64_t count, void *room, uint64_t size)
{
    return say_all(calls, count, room, size) ? 0 : fdt_totalsize(room);
}

uint64_t replay_growing(const struct replay_call *calls, uint64_t count)
{
    for (uint64_t size = 4096; size <= 1 << 26; size *= 2) {
        void *room = malloc(size);
        int error;
        uint64_t made = 0;

        if (!room)
            return 0;
        error = say_all(calls, count, room, size);
        if (!error)
            made = fdt_totalsize(room);
        free(room);
        if (error != -FDT_ERR_NOSPACE)
            return made;
    }
    return 0;
}
