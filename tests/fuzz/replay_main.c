/* Runs a fuzz target over every file of the folders given, where libFuzzer is not linked: so the
 * corpus is a test in every build. A folder that is missing or has no file is a failure, for a
 * replay of nothing proves nothing. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

enum { INPUT_MAX = 16 * 1024 * 1024, PATH_BYTES = 4096 };

static void die(const char *what, const char *path)
{
    fprintf(stderr, "replay: %s %s: %s\n", what, path, strerror(errno));
    exit(1);
}

static void replay_file(const char *path, size_t size)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        die("open", path);
    }
    /* exactly as large as the file, so that a read beyond its end is seen by the sanitizer */
    uint8_t *data = malloc(size == 0 ? 1 : size);
    if (data == NULL || fread(data, 1, size, f) != size) {
        die("read", path);
    }
    fclose(f);
    fprintf(stderr, "%s\n", path); /* the last name printed is the one that crashed */
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

static size_t replay_folder(const char *folder)
{
    struct dirent **names;
    int n = scandir(folder, &names, NULL, alphasort);
    if (n < 0) {
        die("list", folder);
    }
    size_t count = 0;
    for (int i = 0; i < n; i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        free(names[i]);
        struct stat st;
        if (stat(path, &st) != 0) {
            die("stat", path);
        }
        if (S_ISREG(st.st_mode) && st.st_size <= INPUT_MAX) {
            replay_file(path, (size_t)st.st_size);
            count++;
        }
    }
    free(names);
    return count;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s FOLDER...\n", argv[0]);
        return 64;
    }
    for (int i = 1; i < argc; i++) {
        size_t count = replay_folder(argv[i]);
        printf("replayed %zu inputs of %s\n", count, argv[i]);
        if (count == 0) {
            return 1;
        }
    }
    return 0;
}
