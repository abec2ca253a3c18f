/* Large tables of the node straight from the system, a guard page behind each: an execution touches
 * little of them, while a sanitizer's allocator would paint all of their shadow, twice. Linked with
 * --wrap, so that calloc, malloc and free of the code under test come here. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { LARGE_BYTES = 128 * 1024, PAGE_BYTES = 4096, TABLES_MAX = 64 };

void *__real_calloc(size_t n, size_t size);
void *__real_malloc(size_t n);
void __real_free(void *p);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t n);
void __wrap_free(void *p);

static struct table {
    void *given;
    void *mapped;
    size_t n;
} tables[TABLES_MAX];

static void *map_table(size_t n)
{
    struct table *t = tables;
    while (t < tables + TABLES_MAX && t->given != NULL) {
        t++;
    }
    assert(t < tables + TABLES_MAX);
    n = (n + 15) / 16 * 16; /* ends at the guard page, and begins aligned */
    size_t whole = (n + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    t->n = whole + PAGE_BYTES;
    t->mapped = mmap(NULL, t->n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert(t->mapped != MAP_FAILED);
    int rc = mprotect((char *)t->mapped + whole, PAGE_BYTES, PROT_NONE);
    assert(rc == 0);
    t->given = (char *)t->mapped + (whole - n);
    return t->given;
}

void *__wrap_calloc(size_t n, size_t size)
{
    return size != 0 && n >= LARGE_BYTES / size + 1 && n < SIZE_MAX / 2 / size
               ? map_table(n * size)
               : __real_calloc(n, size);
}

void *__wrap_malloc(size_t n)
{
    return n > LARGE_BYTES && n < SIZE_MAX / 2 ? map_table(n) : __real_malloc(n);
}

void __wrap_free(void *p)
{
    for (size_t i = 0; p != NULL && i < TABLES_MAX; i++) {
        if (tables[i].given == p) {
            (void)munmap(tables[i].mapped, tables[i].n);
            tables[i].given = NULL;
            return;
        }
    }
    __real_free(p);
}
