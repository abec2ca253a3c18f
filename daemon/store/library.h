/* Where LMDB's code lies in this process: a fault in there is most likely a damaged page. */
#ifndef SB_STORE_LIBRARY_H
#define SB_STORE_LIBRARY_H

#include <stdint.h>

/* [out[0], out[1]); both 0 where it is no library of its own, but linked into the program. */
void sb_store_library(uintptr_t out[static 2]);

#endif
