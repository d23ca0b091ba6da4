// SPDX-License-Identifier: Apache-2.0
//
// The way into Swift: header, identity map, relocation, stack; and the few functions that compiled code expects.
// Entered as the arm64 boot protocol says: MMU off, x0 the address of the device tree, in EL1 or EL2.

        .section .head, "ax"
        .globl  _start
_start: // The 64-byte header of an arm64 Image.
        b       begin
        .word   0
        .quad   0                       // text_offset
        .quad   image_size              // memory needed, zeroed data and stack included
        .quad   0xa                     // little-endian, 4 KiB pages, anywhere in memory
        .quad   0, 0, 0
        .ascii  "ARM\x64"
        .word   0

begin:  mov     x19, x0
        mrs     x0, CurrentEL
        cmp     x0, #2 << 2
        b.ne    0f

// In EL2, a hypervisor's own level: down to EL1, where HVC is a fault from now on.
        movz    x0, #0xa000, lsl #16    // EL1 has 64 bits; no HVC
        msr     hcr_el2, x0
        mov     x0, #0x33ff             // nothing of floating point and SIMD traps
        msr     cptr_el2, x0
        movz    x0, #0x0800             // what is always 1; all else off
        movk    x0, #0x30d0, lsl #16
        msr     sctlr_el1, x0
        mov     x0, #0x3c5              // EL1 with its own stack pointer, no interrupts
        msr     spsr_el2, x0
        adrp    x0, 0f
        add     x0, x0, :lo12:0f
        msr     elr_el2, x0
        isb
        eret

0:
        msr     tpidr_el1, xzr          // no fault so far
        adrp    x0, vectors
        add     x0, x0, :lo12:vectors
        msr     vbar_el1, x0
        mov     x0, #3 << 20            // floating point and SIMD do not trap
        msr     cpacr_el1, x0

// An identity map of 512 GiB in blocks of 1 GiB. Without a map every access must be aligned, which compiled Swift
// does not promise. The first GiB holds the devices of a guest, all others may hold memory;
// when the image itself lies in the first, an access to a device traps to the hypervisor all the same.
        mov     x1, xzr                 // address of the block
        movz    x2, #0x0401             // block, accessed, device (attribute 0)
        movk    x2, #0x60, lsl #48      // never executed
        mov     x3, #0x0705             // block, accessed, inner shareable, memory (attribute 1)
        mov     x4, #512
        mov     x6, #1 << 30
        adrp    x0, _start
        lsr     x0, x0, #30
        cbnz    x0, 7f
        mov     x2, x3                  // RAM begins at 0: what is run here is no device
7:      adrp    x0, map
        orr     x5, x1, x2
1:      str     x5, [x0], #8
        add     x1, x1, x6
        orr     x5, x1, x3
        subs    x4, x4, #1
        b.ne    1b
        dsb     sy
        adrp    x0, map
        mov     x4, #4096 / 16
2:      dc      ivac, x0                // what a cache holds of the map is older than what was just written
        add     x0, x0, #16
        subs    x4, x4, #1
        b.ne    2b
        tlbi    vmalle1
        ic      iallu
        mov     x0, #0xff00             // attribute 0: device, attribute 1: write-back memory
        msr     mair_el1, x0
        movz    x0, #0x3519             // 39 bits of address, cached and shareable walks, 4 KiB granule
        movk    x0, #0x0080, lsl #16    // no second table
        movk    x0, #0x2, lsl #32       // 40 bits of physical address
        msr     tcr_el1, x0
        adrp    x0, map
        msr     ttbr0_el1, x0
        dsb     sy
        isb
        mrs     x0, sctlr_el1
        mov     x1, #0x1005             // map, data and instruction caches on
        orr     x0, x0, x1
        bic     x0, x0, #2              // unaligned accesses allowed
        bic     x0, x0, #1 << 19        // what is writable may be executed
        msr     sctlr_el1, x0
        isb

        adrp    x0, stack_end
        mov     sp, x0
        adrp    x0, zeroed
        adrp    x1, zeroed_end
3:      stp     xzr, xzr, [x0], #16
        cmp     x0, x1
        b.lo    3b

// The image is linked at zero. Addresses in its data are made right for where it was loaded.
        adrp    x0, relocations
        add     x0, x0, :lo12:relocations
        adrp    x1, relocations_end
        add     x1, x1, :lo12:relocations_end
        adrp    x2, _start
4:      cmp     x0, x1
        b.hs    5f
        ldp     x3, x4, [x0], #16       // where, and the kind: R_AARCH64_RELATIVE is the only one linked in
        ldr     x4, [x0], #8            // what is there in an image at zero
        add     x4, x4, x2
        str     x4, [x3, x2]
        b       4b

5:      mov     x0, x19
        bl      probe
rest:   wfi
        b       rest

// Any exception is a fault. It is told once; one inside the telling ends in silence.
        .balign 2048
vectors:
        .rept   16
        .balign 128
        b       fault
        .endr

fault:  mrs     x0, tpidr_el1
        cbnz    x0, rest
        mov     x0, #1
        msr     tpidr_el1, x0
        adrp    x0, stack_end
        mov     sp, x0
        mrs     x0, esr_el1
        mrs     x1, elr_el1
        mrs     x2, far_el1
        bl      probeFault
        b       rest

// Calls of what is below (Arm DEN 0028): the function and three arguments, and where to store four registers.
        .section .text.calls, "ax"
        .globl  callHVC, callSMC, callXen
callHVC:
        stp     x19, x30, [sp, #-16]!
        mov     x19, x4
        hvc     #0
        b       10f
callSMC:
        stp     x19, x30, [sp, #-16]!
        mov     x19, x4
        smc     #0
10:     stp     x0, x1, [x19]
        stp     x2, x3, [x19, #16]
        ldp     x19, x30, [sp], #16
        ret

// A hypercall of Xen's: two arguments, its number. The instruction's number is HypercallConvention.armTag.
callXen:
        mov     x16, x2
        hvc     #0xea1
        ret

        .section .text.memory, "ax"
        .globl  memcpy, memmove, memset, memcmp
memmove:
        cmp     x0, x1
        b.hi    7f
memcpy: mov     x3, x0
6:      cbz     x2, 9f
        ldrb    w4, [x1], #1
        strb    w4, [x3], #1
        sub     x2, x2, #1
        b       6b
7:      cbz     x2, 9f                  // from the end, where the target overlaps what is still to be read
        sub     x2, x2, #1
        ldrb    w4, [x1, x2]
        strb    w4, [x0, x2]
        b       7b
memset: mov     x3, x0
8:      cbz     x2, 9f
        strb    w1, [x3], #1
        sub     x2, x2, #1
        b       8b
9:      ret
memcmp: cbz     x2, 11f
        ldrb    w3, [x0], #1
        ldrb    w4, [x1], #1
        sub     x2, x2, #1
        subs    w5, w3, w4
        b.eq    memcmp
        mov     w0, w5
        ret
11:     mov     w0, wzr
        ret

// The heap: blocks are given out one after the other. The probe needs a few and then rests for ever, so none comes back.
        .globl  posix_memalign, free
posix_memalign:                         // where to store the address, alignment, size
        adrp    x3, heap_used
        add     x3, x3, :lo12:heap_used
        adrp    x4, heap
        adrp    x5, heap_end
        ldr     x6, [x3]
        sub     x7, x1, #1
        add     x6, x6, x7
        bic     x6, x6, x7              // the heap starts at a page, so offsets are aligned as addresses are
        sub     x5, x5, x4
        subs    x5, x5, x6
        b.lo    12f
        cmp     x2, x5
        b.hi    12f
        add     x7, x6, x2
        str     x7, [x3]
        add     x6, x6, x4
        str     x6, [x0]
        mov     w0, wzr
        ret
12:     mov     w0, #12                 // ENOMEM
        ret
free:   ret

        .section .bss.heap, "aw", @nobits
        .balign 8
heap_used:
        .quad   0
