// SPDX-License-Identifier: Apache-2.0
//
// Lets xl read a configuration on a machine without Xen: preloaded, it stands between xl and the hypervisor, for
// `xl create --dryrun --debug FILE`, which prints what xl makes of the file and starts nothing.
//
// GROVE_XL_VERSION=17   the minor version of the Xen that answers
// GROVE_XL_KEYS=1       writes `key NAME` to standard error for every name that xl looks for in a configuration

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { xen_version = 17, sysctl = 35, sysctl_physinfo = 3, page_size = 4096 };

// --- Handles that nothing is behind ---

static void *handle(void)
{
    return calloc(1, page_size);
}

void *xencall_open(void *logger, unsigned flags) { (void)logger; (void)flags; return handle(); }
int xencall_close(void *call) { free(call); return 0; }
void *xenforeignmemory_open(void *logger, unsigned flags) { (void)logger; (void)flags; return handle(); }
int xenforeignmemory_close(void *memory) { free(memory); return 0; }
void *xendevicemodel_open(void *logger, unsigned flags) { (void)logger; (void)flags; return handle(); }
int xendevicemodel_close(void *model) { free(model); return 0; }
void *xs_open(unsigned long flags) { (void)flags; return handle(); }
void xs_close(void *store) { free(store); }

void *xs_read(void *store, uint32_t transaction, const char *path, unsigned *length)
{
    (void)store; (void)transaction; (void)path; (void)length;
    errno = ENOENT;
    return NULL;
}

void *xencall_alloc_buffer_pages(void *call, size_t pages)
{
    void *buffer = aligned_alloc(page_size, pages * page_size);

    (void)call;
    if (buffer)
        memset(buffer, 0, pages * page_size);
    return buffer;
}

void *xencall_alloc_buffer(void *call, size_t size)
{
    return xencall_alloc_buffer_pages(call, (size + page_size - 1) / page_size);
}

void xencall_free_buffer_pages(void *call, void *buffer, size_t pages) { (void)call; (void)pages; free(buffer); }
void xencall_free_buffer(void *call, void *buffer) { (void)call; free(buffer); }
int xencall_buffers_never_fault(void *call) { (void)call; return 0; }

// --- Hypercalls: the version and four CPUs; everything else is not there ---

static int absent(void)
{
    errno = ENOSYS;
    return -1;
}

int xencall1(void *call, unsigned number, uint64_t argument)
{
    uint32_t *words = (uint32_t *)(uintptr_t)argument;

    (void)call;
    if (number != sysctl || words[0] != sysctl_physinfo)
        return absent();
    words[2] = 1;       // threads of a core
    words[3] = 4;       // cores of a socket
    words[4] = 4;       // CPUs
    words[5] = 3;       // the last CPU
    words[6] = 1;       // nodes
    words[9] = 0x7f;    // what the machine can do
    return 0;
}

int xencall2(void *call, unsigned number, uint64_t command, uint64_t argument)
{
    const char *minor = getenv("GROVE_XL_VERSION");

    (void)call;
    if (number != xen_version)
        return absent();
    if (command == 0)
        return 4 << 16 | (minor ? (minor[0] - '0') * 10 + (minor[1] - '0') : 17);
    if (argument)
        memset((void *)(uintptr_t)argument, 0, 16);
    return 0;
}

int xencall0(void *call, unsigned number) { (void)call; (void)number; return absent(); }
int xencall3(void *call, unsigned n, uint64_t a, uint64_t b, uint64_t c)
{ (void)call; (void)n; (void)a; (void)b; (void)c; return absent(); }
int xencall4(void *call, unsigned n, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{ (void)call; (void)n; (void)a; (void)b; (void)c; (void)d; return absent(); }
int xencall5(void *call, unsigned n, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{ (void)call; (void)n; (void)a; (void)b; (void)c; (void)d; (void)e; return absent(); }

// --- Names that are looked for ---

static void say(const char *name)
{
    if (getenv("GROVE_XL_KEYS"))
        fprintf(stderr, "key %s\n", name);
}

#define ASKED(function)                                                                               \
    int function(const void *config, const char *name, void *a, void *b, long c)                      \
    {                                                                                                 \
        int (*next)(const void *, const char *, void *, void *, long) = dlsym(RTLD_NEXT, #function);  \
        say(name);                                                                                    \
        return next(config, name, a, b, c);                                                           \
    }

ASKED(xlu_cfg_get_string)
ASKED(xlu_cfg_replace_string)
ASKED(xlu_cfg_get_long)
ASKED(xlu_cfg_get_defbool)
ASKED(xlu_cfg_get_list)
ASKED(xlu_cfg_get_list_as_string_list)

int xlu_cfg_get_bounded_long(const void *config, const char *name, long least, long most, long *value, int quiet)
{
    int (*next)(const void *, const char *, long, long, long *, int) = dlsym(RTLD_NEXT, "xlu_cfg_get_bounded_long");

    say(name);
    return next(config, name, least, most, value, quiet);
}
