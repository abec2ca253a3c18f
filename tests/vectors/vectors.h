/* The makers of proto/vectors/: one function per file, and what they share. Everything is made from
 * published seeds and fixed times, so that making them again gives the same bytes. Makers decide
 * what is in a file; only make_vectors.c touches files. */
#ifndef SB_TESTS_VECTORS_VECTORS_H
#define SB_TESTS_VECTORS_VECTORS_H

#include "proto/arena.h"
#include "proto/checkpoint.h"
#include "proto/ids.h"
#include "proto/link.h"
#include "proto/sign.h"

struct json_t; /* jansson's; its header is for .c files */

#define VECTOR_PARTNERSHIP "duoplus"
#define VECTOR_TIME        ((struct sb_time){1795428000123}) /* 2026-11-23T10:00:00.123Z */

/* The makers: each gives a new object for one file. */
struct json_t *make_keys(struct sb_arena *arena);
struct json_t *make_forms(struct sb_arena *arena);
struct json_t *make_bodies(struct sb_arena *arena);
struct json_t *make_submissions(struct sb_arena *arena);
struct json_t *make_links(struct sb_arena *arena);
struct json_t *make_epochs(struct sb_arena *arena);
struct json_t *make_checkpoints(struct sb_arena *arena);
struct json_t *make_certificates(struct sb_arena *arena);
struct json_t *make_frontier(struct sb_arena *arena);
struct json_t *make_frames(struct sb_arena *arena);
struct json_t *make_segments(struct sb_arena *arena);
struct json_t *make_cursors(struct sb_arena *arena);
struct json_t *make_exports(struct sb_arena *arena);
struct json_t *make_proofs(struct sb_arena *arena);
struct json_t *make_possessions(struct sb_arena *arena);
struct json_t *make_rekeys(struct sb_arena *arena);
struct json_t *make_decision_proofs(struct sb_arena *arena);
struct json_t *make_rules_decision(struct sb_arena *arena);
struct json_t *make_rules_agenda(struct sb_arena *arena);
struct json_t *make_rules_notification(struct sb_arena *arena);
struct json_t *make_rules_dates(struct sb_arena *arena);

/* ---- frames */

struct sb_message;

/* A frame that is taken, and what it says. */
struct sb_bytes add_frame(struct json_t *list, const char *name, const struct sb_message *m,
                          struct sb_arena *arena);
/* make_frames_daemon.c: what a client asks its daemon for itself, and the answers. */
void add_daemon_frames(struct json_t *list, struct sb_arena *arena);

/* ---- values.c */

/* SHA-256 of a text: where a vector needs bytes that look random. */
struct sb_hash seeded(const char *text);
/* The signing seed of somebody: seeded("sign NAME"). */
struct sb_sign_seed seed_of(const char *name);
struct sb_sign_public key_of(const char *name);
struct sb_uuid uuid_of(unsigned number);
struct sb_org org_of(const char *text);

/* JSON values; they do not fail, or the program ends. */
struct json_t *object_about(const char *about);
struct json_t *hex_of(const void *p, size_t n);
struct json_t *hex_hash(const struct sb_hash *hash);
struct json_t *hex_tag(uint64_t tag);
struct json_t *hex_bytes(struct sb_bytes bytes);
void put(struct json_t *object, const char *key, struct json_t *value);
void put_text(struct json_t *object, const char *key, const char *text);
void put_number(struct json_t *object, const char *key, uint64_t number);
/* A new list under a key. */
struct json_t *put_list(struct json_t *object, const char *key);
/* A new object with a name at the end of a list. */
struct json_t *add_case(struct json_t *list, const char *name);
/* counter and tag. */
void put_epoch(struct json_t *object, struct sb_epoch epoch);

/* A copy that may be changed. */
uint8_t *copy_of(struct sb_arena *arena, struct sb_bytes bytes, size_t spare);

#endif
