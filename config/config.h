/* What an administrator wrote, checked and in the machine's units: the daemon's file (with conf.d/
 * beside it) and a client's. What a config points to belongs to it and goes with sb_config_free. */
#ifndef SB_CONFIG_CONFIG_H
#define SB_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/party.h"
#include "config/report.h"
#include "config/sections.h"
#include "proto/err.h"
#include "proto/rc.h"

enum { SB_CONFIG_FILE_BYTES_MAX = 64 * 1024 }; /* bytes of one file */

struct sb_yaml_node; /* a mapping as it stands in the file: asked for places only */
struct sb_rekey;     /* proto/rekey.h */

struct sb_config_organisation {
    const struct sb_yaml_node *node;
    const char *id;            /* [A-Z0-9-]{2,32} */
    const char *name;          /* the id where none is given */
    const char *sign_key;      /* path of a key file */
    const char *curve_key;     /* path of a key file */
    const char *certificate;   /* path of a certificate of sign_key, or NULL */
    const char *renew_keys_by; /* YYYY-MM-DD, or NULL */
};

struct sb_config_listen {
    const struct sb_yaml_node *node;
    const char *publish; /* endpoint: tcp://HOST:PORT or ipc://ABSOLUTE-PATH */
    const char *service; /* endpoint */
};

struct sb_config_store {
    const struct sb_yaml_node *node;
    const char *path;             /* a folder */
    uint64_t max_size;            /* bytes */
    uint64_t max_size_per_origin; /* bytes, <= max_size */
};

/* The daemon's file. All paths are absolute, or relative to where the process stands when the file
 * was named that way: they only need opening. */
struct sb_config {
    const struct sb_yaml_node *node;
    const char *file; /* as it was named to us */
    const char *partnership;
    struct sb_config_organisation organisation;
    struct sb_config_listen listen;
    struct sb_config_store store;
    struct sb_config_peer *peers; /* those of the file, then those of conf.d by file name */
    size_t n_peers;
    const char **unread; /* paths of conf.d that end like YAML and are not read (confd.h) */
    size_t n_unread;
    struct sb_config_client *clients;
    size_t n_clients;
    struct sb_config_eventlog eventlog;
    struct sb_config_log log;
    struct sb_config_recovery recovery;
    struct sb_config_deadlines deadlines;
    struct sb_config_erasures erasures;
    struct sb_config_retention *retention; /* of the rules that fit a topic the longest counts */
    size_t n_retention;
    const char *on_alarm;    /* path of a program, or NULL */
    struct sb_rekey *rekeys; /* rekeys/ beside the file; partners have their new keys already */
    size_t n_rekeys;
};

/* A client's file: one daemon, and who we are there. */
struct sb_client_config {
    const struct sb_yaml_node *node;
    const char *file;
    const char *organisation;
    const char *publish;                                                           /* endpoint */
    const char *service;                                                           /* endpoint */
    uint8_t server_key[SB_CONFIG_KEY_BYTES], next_server_key[SB_CONFIG_KEY_BYTES]; /* 0s: none */
    const char *curve_key; /* path of a key file */
};

/* Reads the daemon's file and conf.d/ beside it. Every mistake goes into `report`, which the caller
 * owns and prints; *out is set only on SB_OK and freed with sb_config_free.
 * Errors: SB_E_CONFIG (see the report; `err` has one sentence), SB_E_NOMEM. */
enum sb_rc sb_config_load(struct sb_config **out, const char *path, struct sb_report *report,
                          struct sb_err *err);
/* The same from memory, without folders; `name` is the path in messages, the base of others. */
enum sb_rc sb_config_parse(struct sb_config **out, const char *name, const char *text, size_t n,
                           struct sb_report *report, struct sb_err *err);
/* NULL is fine. */
void sb_config_free(struct sb_config *config);

/* As sb_config_load, for a client's file; freed with sb_client_config_free. */
enum sb_rc sb_client_config_load(struct sb_client_config **out, const char *path,
                                 struct sb_report *report, struct sb_err *err);
enum sb_rc sb_client_config_parse(struct sb_client_config **out, const char *name, const char *text,
                                  size_t n, struct sb_report *report, struct sb_err *err);
void sb_client_config_free(struct sb_client_config *config);

/* Where the value of `key` stands, or the mapping itself when the key is absent or NULL. */
struct sb_report_place sb_config_place(const struct sb_yaml_node *mapping, const char *key);
/* Whether the file itself gives `key` there, so that it is no default. */
bool sb_config_has(const struct sb_yaml_node *mapping, const char *key);

#endif
