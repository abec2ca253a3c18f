/* The configurations of daemon and client, and a short tour of this folder. A file becomes text and
 * then a struct (document.h): a tree with places (tree.h, the only one that knows libyaml), filled
 * in along a declarative table (table.h, value.h, tables.c); what values mean together is checked
 * last (check.h). Mistakes of all stages are collected in one report (report.h). Files that it
 * names are looked at by files.c; secrets are read by keyfile.h. */
#include "config/config.h"

#include <string.h>

#include "config/check.h"
#include "config/confd.h"
#include "config/document.h"
#include "config/rekeys.h"
#include "config/tables.h"
#include "config/tree.h"

/* What stands for a key that was left out, where that depends on another. */
static void derive_defaults(struct sb_config *c)
{
    if (c->store.max_size_per_origin == 0) {
        c->store.max_size_per_origin = c->store.max_size / 4;
    }
    if (c->organisation.name == NULL) {
        c->organisation.name = c->organisation.id;
    }
    for (size_t i = 0; i < c->n_peers; i++) {
        if (c->peers[i].name == NULL) {
            c->peers[i].name = c->peers[i].id;
        }
    }
}

static enum sb_rc finish_daemon(const struct sb_document *doc, struct sb_arena *arena,
                                struct sb_report *report, void *into)
{
    struct sb_config *config = into;
    config->file = doc->file;
    enum sb_rc rc = doc->text == NULL ? sb_confd_read(config, arena, report) : SB_OK;
    rc = rc == SB_OK && doc->text == NULL ? sb_rekeys_read(config, arena, report) : rc;
    if (rc == SB_OK) {
        derive_defaults(config);
        sb_check_config(config, report);
    }
    return rc;
}

static enum sb_rc finish_client(const struct sb_document *doc, struct sb_arena *arena,
                                struct sb_report *report, void *into)
{
    struct sb_client_config *config = into;
    (void)arena;
    config->file = doc->file;
    if (config->publish != NULL && config->service != NULL &&
        strcmp(config->publish, config->service) == 0) {
        sb_report_add(report, sb_config_place(config->node, "service"),
                      "`service` is the same endpoint as `publish`");
    }
    return SB_OK;
}

enum sb_rc sb_config_parse(struct sb_config **out, const char *name, const char *text, size_t n,
                           struct sb_report *report, struct sb_err *err)
{
    enum sb_rc rc;
    const struct sb_document doc = {.file = name, .text = text, .n = n};
    *out = sb_document_load(&doc, &sb_table_daemon, finish_daemon, report, &rc, err);
    return rc;
}

enum sb_rc sb_config_load(struct sb_config **out, const char *path, struct sb_report *report,
                          struct sb_err *err)
{
    return sb_config_parse(out, path, NULL, 0, report, err);
}

void sb_config_free(struct sb_config *config)
{
    sb_document_free(config);
}

enum sb_rc sb_client_config_parse(struct sb_client_config **out, const char *name, const char *text,
                                  size_t n, struct sb_report *report, struct sb_err *err)
{
    enum sb_rc rc;
    const struct sb_document doc = {.file = name, .text = text, .n = n};
    *out = sb_document_load(&doc, &sb_table_client, finish_client, report, &rc, err);
    return rc;
}

enum sb_rc sb_client_config_load(struct sb_client_config **out, const char *path,
                                 struct sb_report *report, struct sb_err *err)
{
    return sb_client_config_parse(out, path, NULL, 0, report, err);
}

void sb_client_config_free(struct sb_client_config *config)
{
    sb_document_free(config);
}

struct sb_report_place sb_config_place(const struct sb_yaml_node *mapping, const char *key)
{
    const struct sb_yaml_node *child = key == NULL ? NULL : sb_tree_find(mapping, key);
    return child == NULL ? mapping->key_at : child->at;
}

bool sb_config_has(const struct sb_yaml_node *mapping, const char *key)
{
    return sb_tree_find(mapping, key) != NULL;
}
