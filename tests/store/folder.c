/* Folders of stores for tests: made and removed below the temporary folder. */
#include "tests/store/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char root[FOLDER_PATH / 2];

static void join(char out[static FOLDER_PATH], const char *a, const char *b)
{
    int n = snprintf(out, FOLDER_PATH, "%s/%s", a, b);
    assert_in_range(n, 1, FOLDER_PATH - 1);
}

static void remove_store(void)
{
    static const char *const names[] = {"data.mdb", "lock.mdb", "lock-samenbus", ""};
    char store[FOLDER_PATH], path[FOLDER_PATH];
    join(store, root, "store");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        join(path, store, names[i]);
        remove(path);
    }
    join(path, root, "backup.mdb");
    remove(path);
}

void folder_fresh(char path[static FOLDER_PATH])
{
    if (root[0] == '\0') {
        const char *temporary = getenv("TMPDIR");
        snprintf(root, sizeof root, "%s/samenbus-store-XXXXXX",
                 temporary != NULL ? temporary : "/tmp");
        assert_non_null(mkdtemp(root));
    }
    remove_store();
    join(path, root, "store");
}

static void copy_file(const char *from, const char *to, const char *mode)
{
    char bytes[65536];
    size_t n;
    FILE *in = fopen(from, "rb"), *out = fopen(to, mode);
    assert_non_null(in);
    assert_non_null(out);
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0) {
        assert_int_equal(fwrite(bytes, 1, n, out), n);
    }
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
}

void folder_backup(const char *path)
{
    char data[FOLDER_PATH], kept[FOLDER_PATH];
    join(data, path, "data.mdb");
    join(kept, root, "backup.mdb");
    copy_file(data, kept, "wb");
}

void folder_restore(const char *path)
{
    char data[FOLDER_PATH], kept[FOLDER_PATH];
    join(data, path, "data.mdb");
    join(kept, root, "backup.mdb");
    assert_int_equal(rename(kept, data), 0);
}

void folder_overwrite(const char *path)
{
    char data[FOLDER_PATH], kept[FOLDER_PATH];
    join(data, path, "data.mdb");
    join(kept, root, "backup.mdb");
    copy_file(kept, data, "r+b");
}

void folder_remove(void)
{
    remove_store();
    rmdir(root);
}
