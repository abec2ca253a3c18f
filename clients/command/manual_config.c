/* samenbusd.yaml(5), from the tables of config/. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clients/command/manual.h"
#include "clients/command/roff.h"
#include "config/quantity.h"
#include "config/tables.h"

enum { NAME_BYTES = 128, TEXT_BYTES = 640 };

static const char *type_name(enum sb_key_type type)
{
    switch (type) {
    case SB_KEY_NAME: return "text";
    case SB_KEY_ORG: return "organisation id";
    case SB_KEY_PATH: return "path";
    case SB_KEY_BIND:
    case SB_KEY_CONNECT: return "endpoint";
    case SB_KEY_SIZE: return "size";
    case SB_KEY_DURATION: return "time";
    case SB_KEY_RATE: return "rate";
    case SB_KEY_DATE: return "date";
    case SB_KEY_CHOICE: return "word";
    case SB_KEY_BOOL: return "true or false";
    case SB_KEY_SIGN: return "key in base64";
    case SB_KEY_CURVE: return "key in Z85";
    case SB_KEY_TOPICS: return "list of topic prefixes";
    case SB_KEY_MAPPING: return "mapping";
    case SB_KEY_ITEMS: return "list of mappings";
    }
    return "";
}

static size_t add(char *text, size_t n, const char *what, const char *value)
{
    int more = snprintf(text + n, TEXT_BYTES - n, "%s%s", what, value);
    return more < 0 || n + (size_t)more >= TEXT_BYTES ? TEXT_BYTES - 1 : n + (size_t)more;
}

static size_t add_range(char *text, size_t n, const struct sb_key *key)
{
    char low[SB_QUANTITY_TEXT_MAX], high[SB_QUANTITY_TEXT_MAX];
    const struct sb_unit *units = key->type == SB_KEY_SIZE       ? sb_units_size
                                  : key->type == SB_KEY_DURATION ? sb_units_duration
                                  : key->type == SB_KEY_RATE     ? sb_units_rate
                                                                 : NULL;
    if (units == NULL) {
        return n;
    }
    sb_quantity_format(low, key->min, units);
    sb_quantity_format(high, key->max, units);
    return add(text, add(text, n, ", ", low), " to ", high);
}

static size_t add_choices(char *text, size_t n, const struct sb_key *key)
{
    for (size_t i = 0; key->choices != NULL && key->choices[i] != NULL; i++) {
        n = add(text, n, i == 0 ? ": " : ", ", key->choices[i]);
    }
    return n;
}

/* A client, or a file of keys: no daemon that takes changes over. */
static bool table_is_read_once;

static void print_key(const struct sb_key *key, const char *name)
{
    char text[TEXT_BYTES];
    size_t n = add(text, 0, key->help, ". (");
    n = add(text, n, type_name(key->type), "");
    n = add_range(text, n, key);
    n = add_choices(text, n, key);
    if (key->required) {
        n = add(text, n, "; required", "");
    } else if (key->fallback != NULL) {
        n = add(text, n, "; default ", key->fallback);
    } else if (key->otherwise != NULL) {
        n = add(text, n, "; without it: ", key->otherwise);
    }
    if (!key->live && key->inside == NULL && !table_is_read_once) {
        n = add(text, n, "; a change needs a restart", "");
    }
    (void)add(text, n, ")", "");
    sb_roff_entry(name, NULL, text);
}

static void print_table(const struct sb_table *table, const char *prefix)
{
    char name[NAME_BYTES];
    for (size_t i = 0; i < table->n_keys; i++) {
        const struct sb_key *key = &table->keys[i];
        (void)snprintf(name, sizeof name, "%s%s", prefix, key->name);
        print_key(key, name);
        if (key->inside != NULL) {
            (void)snprintf(name, sizeof name, "%s%s%s.", prefix, key->name,
                           key->type == SB_KEY_ITEMS ? "[]" : "");
            print_table(key->inside, name);
        }
    }
}

void sb_manual_of_config(void)
{
    sb_roff_begin("samenbusd.yaml", "5", "the configuration of samenbusd and of its clients");
    sb_roff_heading("DESCRIPTION");
    sb_roff_text("One samenbusd serves one organisation in one partnership; its configuration is "
                 "one file of YAML. Relative paths are relative to the file that they stand in; "
                 "sizes are written with KiB, MiB or GiB, times with ms, s, min, h or d. What has "
                 "a default may be left out. samenbusd -t -c FILE tells all mistakes at once. "
                 "SIGHUP, or samenbus reload, "
                 "puts a changed configuration in force, all of it or nothing.");
    sb_roff_heading("SAMENBUSD.YAML");
    print_table(&sb_table_daemon, "");
    sb_roff_heading("CONF.D/*.YAML");
    sb_roff_text("Beside samenbusd.yaml: one partner a file, as an item of peers.");
    print_table(&sb_table_peer, "");
    table_is_read_once = true;
    sb_roff_heading("CLIENT.YAML");
    sb_roff_text("What a client needs: found by --config, SAMENBUS_CONFIG, in "
                 "~/.config/samenbus or in /etc/samenbus.");
    print_table(&sb_table_client, "");
    sb_roff_heading("NAME.PUB.YAML");
    sb_roff_text("What samenbus key gen writes for others: to be handed to partners, or to the "
                 "administrator of the daemon.");
    print_table(&sb_table_public, "");
    sb_roff_heading("SEE ALSO");
    sb_roff_text("samenbusd(8), samenbus(1)");
}
