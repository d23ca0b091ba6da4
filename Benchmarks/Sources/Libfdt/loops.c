// SPDX-License-Identifier: Apache-2.0
#include "loops.h"

#include <libfdt.h>
#include <string.h>

uint64_t libfdt_walk(const void *blob)
{
    uint64_t sum = 0;
    int depth = 0;

    for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(blob, node, &depth)) {
        int length, property;

        fdt_get_name(blob, node, &length);
        sum += length;
        fdt_for_each_property_offset(property, blob, node) {
            const char *name;
            const unsigned char *value = fdt_getprop_by_offset(blob, property, &name, &length);

            sum += strlen(name) + length;
            if (length)
                sum += value[0];
        }
    }
    return sum;
}

uint64_t libfdt_check(const void *blob, uint64_t size)
{
    return fdt_check_full(blob, size) == 0;
}

uint64_t libfdt_paths(const void *blob, const char *const *paths, uint64_t count)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < count; i++) {
        int length = 0;
        int node = fdt_path_offset(blob, paths[i]);

        if (node >= 0)
            fdt_get_name(blob, node, &length);
        sum += length;
    }
    return sum;
}

uint64_t libfdt_phandles(const void *blob, const uint32_t *phandles, uint64_t count)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < count; i++) {
        int length = 0;
        int node = fdt_node_offset_by_phandle(blob, phandles[i]);

        if (node >= 0)
            fdt_get_name(blob, node, &length);
        sum += length;
    }
    return sum;
}

uint64_t libfdt_write(const void *blob, void *room, uint64_t size)
{
    int offset = 0, next;
    int error = fdt_create(room, size) || fdt_finish_reservemap(room);

    for (; !error; offset = next) {
        switch (fdt_next_tag(blob, offset, &next)) {
        case FDT_BEGIN_NODE:
            error = fdt_begin_node(room, fdt_get_name(blob, offset, NULL));
            break;
        case FDT_PROP: {
            const char *name;
            int length;
            const void *value = fdt_getprop_by_offset(blob, offset, &name, &length);

            error = fdt_property(room, name, value, length);
            break;
        }
        case FDT_END_NODE:
            error = fdt_end_node(room);
            break;
        case FDT_NOP:
            break;
        default:
            return fdt_finish(room) ? 0 : fdt_totalsize(room);
        }
    }
    return 0;
}
