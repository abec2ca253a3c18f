/* Finds the loaded object, and in it the segment, that one of LMDB's functions is in. */
#include "daemon/store/library.h"

#include <link.h>
#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>

struct search {
    uintptr_t lmdb, ours, *out;
};

static int look(struct dl_phdr_info *object, size_t size, void *context)
{
    const struct search *s = context;
    (void)size;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = &object->dlpi_phdr[i];
        uintptr_t from = object->dlpi_addr + h->p_vaddr, end = from + h->p_memsz;
        bool has_lmdb = from <= s->lmdb && s->lmdb < end,
             has_ours = from <= s->ours && s->ours < end;
        if (h->p_type == PT_LOAD && has_lmdb && !has_ours) {
            s->out[0] = from;
            s->out[1] = end;
        }
    }
    return 0;
}

void sb_store_library(uintptr_t out[static 2])
{
    struct search s = {(uintptr_t)mdb_env_open, (uintptr_t)sb_store_library, out};
    out[0] = out[1] = 0;
    (void)dl_iterate_phdr(look, &s);
}
