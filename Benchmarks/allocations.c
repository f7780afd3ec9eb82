// Counts a program's allocations, for LD_PRELOAD; at its end the last line of stderr says how many there were.
//
//     gcc -O2 -shared -fPIC -o allocations.so allocations.c
//     LD_PRELOAD=./allocations.so PROGRAM
//
// A program that asks while it runs, by calling `benchmark_allocations`, is told then and not at its end.

#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static uint64_t allocations;
static int asked;

uint64_t benchmark_allocations(void) {
    asked = 1;
    return __atomic_load_n(&allocations, __ATOMIC_RELAXED);
}

static inline void count(void) { __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED); }

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count();
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count();
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
    void *memory = memalign(alignment, size);
    if (!memory) return ENOMEM;
    *result = memory;
    return 0;
}

__attribute__((destructor)) static void report(void) {
    if (asked) return;
    char line[48];
    int length = snprintf(line, sizeof line, "allocations: %llu\n", (unsigned long long)benchmark_allocations());
    if (write(2, line, length) != length) _exit(70);
}
