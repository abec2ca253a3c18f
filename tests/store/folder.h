/* Folders of stores below the temporary folder of this process, and copies of their files. */
#ifndef SB_TESTS_STORE_FOLDER_H
#define SB_TESTS_STORE_FOLDER_H

#include <stddef.h>

enum { FOLDER_PATH = 4096 };

/* The path of the one store of this process, which is removed. */
void folder_fresh(char path[static FOLDER_PATH]);
/* Copies the store's data file aside; puts that copy in its place by rename, or over its bytes. */
void folder_backup(const char *path);
void folder_restore(const char *path);
void folder_overwrite(const char *path);
/* Removes everything of this process. */
void folder_remove(void);

#endif
