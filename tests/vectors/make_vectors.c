/* make-vectors FOLDER writes the vectors; make-vectors --check FOLDER says which of the files there
 * are not what it would write, and ends with 1 if any is not. */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vectors/vectors.h"

enum { ARENA_BYTES = 256 * 1024 * 1024, PATH_BYTES = 4096 };

static const struct {
    const char *file;
    json_t *(*make)(struct sb_arena *arena);
} makers[] = {
    {"keys.json", make_keys},
    {"forms.json", make_forms},
    {"bodies.json", make_bodies},
    {"submissions.json", make_submissions},
    {"links.json", make_links},
    {"epochs.json", make_epochs},
    {"checkpoints.json", make_checkpoints},
    {"certificates.json", make_certificates},
    {"frontier.json", make_frontier},
    {"frames.json", make_frames},
    {"segments.json", make_segments},
    {"cursors.json", make_cursors},
    {"exports.json", make_exports},
    {"proofs.json", make_proofs},
    {"possessions.json", make_possessions},
    {"rekeys.json", make_rekeys},
    {"decision-proofs.json", make_decision_proofs},
    {"rules-decision.json", make_rules_decision},
    {"rules-agenda.json", make_rules_agenda},
    {"rules-notification.json", make_rules_notification},
    {"rules-dates.json", make_rules_dates},
};

/* The file's text, ending with a line feed; for free(). */
static char *make_text(json_t *(*make)(struct sb_arena *arena), struct sb_arena *arena)
{
    json_t *root = make(arena);
    char *text = json_dumps(root, JSON_INDENT(1));
    assert(text != NULL);
    size_t n = strlen(text);
    char *line = malloc(n + 2);
    assert(line != NULL);
    memcpy(line, text, n);
    memcpy(line + n, "\n", 2);
    free(text);
    json_decref(root);
    sb_arena_reset(arena);
    return line;
}

static bool write_file(const char *path, const char *text)
{
    FILE *to = fopen(path, "w");
    bool ok = to != NULL && fputs(text, to) >= 0;
    if (to != NULL && fclose(to) != 0) {
        ok = false;
    }
    if (!ok) {
        perror(path);
    }
    return ok;
}

static bool same_file(const char *path, const char *text)
{
    size_t n = strlen(text);
    char *there = malloc(n + 1);
    FILE *from = fopen(path, "r");
    bool same = from != NULL && there != NULL && fread(there, 1, n + 1, from) == n &&
                memcmp(there, text, n) == 0;
    if (from != NULL) {
        fclose(from);
    }
    free(there);
    if (!same) {
        printf("%s is not what make-vectors writes\n", path);
    }
    return same;
}

int main(int argc, char **argv)
{
    bool check = argc == 3 && strcmp(argv[1], "--check") == 0, ok = true;
    struct sb_arena arena;
    if (argc != 2 && !check) {
        fprintf(stderr, "usage: make-vectors [--check] FOLDER\n");
        return 64;
    }
    if (!sb_crypto_init()) {
        return 1;
    }
    sb_arena_init(&arena, ARENA_BYTES);
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        char path[PATH_BYTES];
        char *text = make_text(makers[i].make, &arena);
        (void)snprintf(path, sizeof path, "%s/%s", argv[argc - 1], makers[i].file);
        ok = (check ? same_file(path, text) : write_file(path, text)) && ok;
        free(text);
    }
    sb_arena_fini(&arena);
    return ok ? 0 : 1;
}
