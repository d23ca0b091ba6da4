// SPDX-License-Identifier: Apache-2.0
//
// Writes what libfdt finds in a blob, line by line, so that a test can compare it with what our own reader finds.
//
//   cpu ID                      the header's boot CPU
//   reserve ADDRESS SIZE        an entry of the reservation block
//   node PATH PHANDLE           a node; the phandle is 0 when it has none
//   property NAME LENGTH HASH   a property of the node above; HASH is FNV-1a of its bytes
//
// Numbers are hexadecimal without leading zeros, lengths decimal. Exit 1: libfdt refuses the blob.

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, int error)
{
    fprintf(stderr, "%s: %s\n", what, fdt_strerror(error));
    exit(1);
}

static void *contents(const char *name, size_t *size)
{
    FILE *file = fopen(name, "rb");
    char *bytes = NULL;
    size_t room = 0, got;

    if (!file) {
        perror(name);
        exit(2);
    }
    *size = 0;
    do {
        if (*size == room && !(bytes = realloc(bytes, room = room ? 2 * room : 1 << 16))) {
            perror(name);
            exit(2);
        }
        got = fread(bytes + *size, 1, room - *size, file);
        *size += got;
    } while (got);
    fclose(file);
    return bytes;
}

static uint64_t hash(const unsigned char *bytes, int count)
{
    uint64_t value = 0xcbf29ce484222325;

    for (int i = 0; i < count; i++)
        value = (value ^ bytes[i]) * 0x100000001b3;
    return value;
}

static void write_properties(const void *blob, int node)
{
    int property;

    fdt_for_each_property_offset(property, blob, node) {
        const char *name;
        int length;
        const void *value = fdt_getprop_by_offset(blob, property, &name, &length);

        if (!value)
            fail("property", length);
        printf("property %s %d %" PRIx64 "\n", name, length, hash(value, length));
    }
    if (property != -FDT_ERR_NOTFOUND)
        fail("properties", property);
}

// The path so far, and where in it the name of each open node ends.
static char *path;
static size_t *ends;
static size_t path_room, depth_room;

static void extend_path(int depth, const char *name)
{
    size_t start = depth ? ends[depth - 1] : 0;
    size_t length = strlen(name);

    if ((size_t)depth >= depth_room)
        ends = realloc(ends, (depth_room = 2 * depth + 16) * sizeof *ends);
    if (start + length + 2 > path_room)
        path = realloc(path, path_room = 2 * (start + length + 2));
    if (!ends || !path)
        abort();
    if (depth)
        path[start++] = '/';
    memcpy(path + start, name, length + 1);
    ends[depth] = start + length;
}

int main(int count, char **arguments)
{
    size_t size;
    void *blob;
    int error, node, depth = 0;

    if (count != 2) {
        fprintf(stderr, "usage: libfdt-read BLOB\n");
        return 2;
    }
    blob = contents(arguments[1], &size);
    if ((error = fdt_check_full(blob, size)))
        fail("check", error);

    printf("cpu %" PRIx32 "\n", fdt_boot_cpuid_phys(blob));
    for (int i = 0; i < fdt_num_mem_rsv(blob); i++) {
        uint64_t address, length;

        if ((error = fdt_get_mem_rsv(blob, i, &address, &length)))
            fail("reservation", error);
        printf("reserve %" PRIx64 " %" PRIx64 "\n", address, length);
    }
    for (node = 0; node >= 0 && depth >= 0; node = fdt_next_node(blob, node, &depth)) {
        int length;
        const char *name = fdt_get_name(blob, node, &length);

        if (!name)
            fail("name", length);
        extend_path(depth, name);
        printf("node %s %" PRIx32 "\n", depth ? path : "/", fdt_get_phandle(blob, node));
        write_properties(blob, node);
    }
    if (node < 0 && node != -FDT_ERR_NOTFOUND)
        fail("next node", node);
    return 0;
}
