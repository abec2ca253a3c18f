/* From a path to a filled struct; see document.h. */
#include "config/document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "config/tree.h"

/* Reads up to `cap` bytes; -1 with errno on failure. */
static ssize_t read_all(int fd, char *to, size_t cap)
{
    size_t n = 0;
    while (n < cap) {
        ssize_t got = read(fd, to + n, cap - n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? -1 : (ssize_t)n;
        }
        n += (size_t)got;
    }
    return (ssize_t)n;
}

/* The whole file and a byte more than is allowed, so that too much shows. -1 with errno. */
static ssize_t read_file(const char *path, char **text)
{
    *text = malloc(SB_CONFIG_FILE_BYTES_MAX + 1);
    if (*text == NULL) {
        return -1;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return -1;
    }
    ssize_t n = read_all(fd, *text, SB_CONFIG_FILE_BYTES_MAX + 1);
    int saved = errno;
    close(fd);
    errno = saved;
    return n;
}

static enum sb_rc read_tree(const struct sb_document *doc, const char *text, size_t n,
                            struct sb_arena *arena, struct sb_report *report,
                            struct sb_yaml_node **root)
{
    struct sb_report_place whole = {.file = doc->file};
    *root = NULL;
    if (n > SB_CONFIG_FILE_BYTES_MAX) {
        sb_report_add(report, whole, "more than %d KiB", SB_CONFIG_FILE_BYTES_MAX / 1024);
        sb_report_hint(report, "partners may stand in files of their own, in conf.d/");
        return SB_OK;
    }
    enum sb_rc rc = sb_report_add_source(report, doc->file, text, n);
    if (rc != SB_OK) {
        return rc;
    }
    rc = sb_tree_parse(root, arena, doc->file, text, n, report);
    if (rc == SB_OK && (*root)->kind != SB_YAML_MAPPING) {
        sb_report_add(report, (*root)->at, "the file must be a mapping");
        sb_report_hint(report, "one `key: value` per line");
        *root = NULL;
    }
    return rc == SB_E_CONFIG ? SB_OK : rc;
}

enum sb_rc sb_document_read(const struct sb_document *doc, const struct sb_table *table,
                            struct sb_arena *arena, struct sb_report *report, void *into)
{
    char *owned = NULL;
    struct sb_yaml_node *root = NULL;
    enum sb_rc rc = SB_OK;
    ssize_t n = doc->text != NULL ? (ssize_t)doc->n : read_file(doc->file, &owned);
    if (n < 0) {
        sb_report_add(report, (struct sb_report_place){.file = doc->file}, "cannot be read: %s",
                      strerror(errno));
    } else {
        rc = read_tree(doc, doc->text != NULL ? doc->text : owned, (size_t)n, arena, report, &root);
    }
    free(owned);
    if (rc == SB_OK && root != NULL) {
        struct sb_table_reader reader = {.arena = arena, .report = report};
        sb_table_read(&reader, table, root, into);
        rc = reader.nomem ? SB_E_NOMEM : SB_OK;
    }
    return rc;
}

/* In front of every loaded struct. */
struct header {
    struct sb_arena arena;
    alignas(max_align_t) char body[];
};

static struct header *header_of(void *loaded)
{
    return (struct header *)((char *)loaded - offsetof(struct header, body));
}

void sb_document_free(void *loaded)
{
    if (loaded != NULL) {
        struct header *h = header_of(loaded);
        sb_arena_fini(&h->arena);
        free(h);
    }
}

/* SB_OK when `rc` is and the report got nothing new. */
static enum sb_rc give_verdict(enum sb_rc rc, const char *file, size_t mistakes, struct sb_err *err)
{
    if (rc != SB_OK) {
        return sb_err_set(err, rc, "read %s: out of memory", file);
    }
    return mistakes == 0 ? SB_OK
                         : sb_err_set(err, SB_E_CONFIG, "%s: %zu %s", file, mistakes,
                                      mistakes == 1 ? "mistake" : "mistakes");
}

void *sb_document_load(const struct sb_document *doc, const struct sb_table *table,
                       sb_document_finish_fn *finish, struct sb_report *report, enum sb_rc *rc,
                       struct sb_err *err)
{
    size_t before = sb_report_count(report);
    struct header *h = calloc(1, sizeof *h + table->size);
    if (h == NULL) {
        *rc = give_verdict(SB_E_NOMEM, doc->file, 0, err);
        return NULL;
    }
    sb_arena_init(&h->arena, SB_CONFIG_ARENA_BYTES);
    struct sb_document own = *doc;
    own.file = (const char *)sb_arena_copy(&h->arena, doc->file, strlen(doc->file)).p;
    *rc = own.file == NULL ? SB_E_NOMEM : sb_document_read(&own, table, &h->arena, report, h->body);
    if (*rc == SB_OK) {
        *rc = finish(&own, &h->arena, report, h->body);
    }
    *rc = give_verdict(*rc, doc->file, sb_report_count(report) - before, err);
    if (*rc != SB_OK) {
        sb_document_free(h->body);
        return NULL;
    }
    return h->body;
}
