/* The simulator's disks: daemon/store/store.h in memory, without LMDB. A disk is named by the path
 * that sb_store_open gets, and outlives its daemon: closing a store without a commit is a crash.
 * Everything is deterministic; nothing here touches the machine. */
#ifndef SB_SIM_DISK_H
#define SB_SIM_DISK_H

#include "daemon/store/store.h"

struct sb_disk;
struct sb_disk_image; /* a backup: the committed state and the store's id */

/* The disk of this name, made empty when there is none. */
struct sb_disk *sb_disk_at(const char *path);
/* Frees every disk: the end of a world. No store may be open. */
void sb_disk_forget_all(void);

/* The next commit that changes anything answers `rc` (SB_E_FULL or SB_E_IO). With `kept` it
 * happened all the same: after SB_E_IO nobody knows, so both must be lived through. */
void sb_disk_fail_commit(struct sb_disk *disk, enum sb_rc rc, bool kept);

/* Bytes that fit; a commit beyond them answers SB_E_FULL. 0: no limit. */
void sb_disk_set_capacity(struct sb_disk *disk, uint64_t bytes);
uint64_t sb_disk_bytes(const struct sb_disk *disk);

/* The three faults that replace the files. Under an open store they are what somebody does to a
 * running daemon: it reads on from the files that it opened, its next commit answers SB_E_CHANGED.
 * Lost: empty, with a new id at the next open. Restored: exactly the image. */
void sb_disk_lose(struct sb_disk *disk);
struct sb_disk_image *sb_disk_snapshot(const struct sb_disk *disk);
void sb_disk_restore(struct sb_disk *disk, const struct sb_disk_image *image);
void sb_disk_image_free(struct sb_disk_image *image);

/* Is there a body or salt on this disk, also one that waits to be applied, or what is left of one
 * that was erased, for which `is` holds? */
bool sb_disk_any(const struct sb_disk *disk, bool (*is)(void *context, struct sb_bytes bytes),
                 void *context);
/* Do these bytes stand anywhere in one of them? */
bool sb_disk_contains(const struct sb_disk *disk, struct sb_bytes needle);

#endif
