/* The public half of a key pair as a file (`.pub.yaml`): what one organisation sends another, and
 * what a partner drops into conf.d/ or copies under `peers:` or `clients:`. Nothing secret. */
#ifndef SB_CONFIG_PUBLIC_H
#define SB_CONFIG_PUBLIC_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "config/config.h"
#include "config/report.h"
#include "proto/err.h"
#include "proto/rc.h"

enum { SB_FINGERPRINT_GROUPS = 6, SB_FINGERPRINT_BYTES = 6 * SB_FINGERPRINT_GROUPS + 1 };

/* An organisation (id and sign_key) or a client (id NULL, sign_key unused). */
struct sb_public {
    const struct sb_yaml_node *node; /* NULL where it was not read from a file */
    const char *id;
    const char *name; /* NULL: none given */
    uint8_t sign_key[SB_CONFIG_KEY_BYTES];
    uint8_t curve_key[SB_CONFIG_KEY_BYTES];
    const char *publish; /* endpoint, or NULL like `service` */
    const char *service;
};

/* Prints its lines; as an item, each is indented by `indent` spaces and the first has a "- ". */
void sb_public_print(FILE *out, const struct sb_public *pub, unsigned indent, bool as_item);

/* The fingerprint: thirty digits over everything that is public: about 100 bits, enough that nobody
 * makes another key with the same ones, and short enough for the telephone. */
void sb_public_fingerprint(char out[static SB_FINGERPRINT_BYTES], const struct sb_public *pub);

/* Whether two fingerprints as people write them, with spaces or without, are the same digits. */
bool sb_public_same_fingerprint(const char *a, const char *b);

/* Writes a new file of mode 0644, durably. Errors: SB_E_BUSY (it exists), SB_E_IO. */
enum sb_rc sb_public_write(const char *path, const struct sb_public *pub, struct sb_err *err);

/* Reads one; freed with sb_public_free. Errors: SB_E_CONFIG (see the report), SB_E_NOMEM. */
enum sb_rc sb_public_load(struct sb_public **out, const char *path, struct sb_report *report,
                          struct sb_err *err);
void sb_public_free(struct sb_public *pub);

#endif
