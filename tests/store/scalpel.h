/* Cuts into the files of a closed store, as a failing disk or a curious hand would. Trees are named
 * as LMDB knows them; entries are counted from 0 in the order of their keys. */
#ifndef SB_TESTS_STORE_SCALPEL_H
#define SB_TESTS_STORE_SCALPEL_H

#include "proto/bytes.h"

size_t scalpel_count(const char *path, const char *tree);
/* Bytes of the entry's value. */
size_t scalpel_size(const char *path, const char *tree, size_t entry);
/* Flips these bits of one byte of the entry's value. */
void scalpel_flip(const char *path, const char *tree, size_t entry, size_t at, uint8_t bits);
void scalpel_delete(const char *path, const char *tree, size_t entry);
/* Takes a whole tree away, as if it had never been; and is there none? */
void scalpel_drop(const char *path, const char *tree);
bool scalpel_is_without(const char *path, const char *tree);
void scalpel_put(const char *path, const char *tree, struct sb_bytes key, struct sb_bytes value);

#endif
