// SPDX-License-Identifier: Apache-2.0
// Xen's own headers for tools, and what of them Swift cannot import: expression macros, variadic functions, atomics.
#define __XEN_TOOLS__ 1
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xencall.h>
#include <xenctrl.h>
#include <xenevtchn.h>
#include <xenforeignmemory.h>
#include <xen/hvm/params.h>
#include <xen/io/console.h>

static const uint32_t grove_domain_flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
static const uint32_t grove_grant_version = XEN_DOMCTL_GRANT_version(1);
static const uint32_t grove_domctl_version = XEN_DOMCTL_INTERFACE_VERSION;
static const uint64_t grove_domctl_number = __HYPERVISOR_domctl;
static const uint32_t grove_is_shut_down = XEN_DOMINF_shutdown;
static const uint32_t grove_vcpu_online = VGCF_online;

static inline int grove_errno(void) { return errno; }
static inline int grove_open(const char *path) { return open(path, O_RDONLY | O_CLOEXEC); }

static inline uint32_t grove_shutdown_reason(uint32_t flags) {
  return (flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;
}

// Guest memory was written through a cached mapping, and the guest starts with its caches off.
static inline void grove_clean(void *start, size_t size) {
  __builtin___clear_cache((char *)start, (char *)start + size);
}

// The guest writes out_prod, we write out_cons.
static inline uint32_t grove_ring_produced(const struct xencons_interface *ring) {
  return __atomic_load_n(&ring->out_prod, __ATOMIC_ACQUIRE);
}
static inline uint32_t grove_ring_consumed(const struct xencons_interface *ring) { return ring->out_cons; }
static inline void grove_ring_consume(struct xencons_interface *ring, uint32_t to) {
  __atomic_store_n(&ring->out_cons, to, __ATOMIC_RELEASE);
}
static inline uint8_t grove_ring_byte(const struct xencons_interface *ring, uint32_t at) {
  return (uint8_t)ring->out[MASK_XENCONS_IDX(at, ring->out)];
}
static inline uint32_t grove_ring_size(const struct xencons_interface *ring) { return sizeof ring->out; }

// Whether somebody asked this program to end; the domain is destroyed then.
bool grove_is_interrupted(void);
void grove_catch_interrupts(void);
