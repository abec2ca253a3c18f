/* The keys of the store's trees, big-endian so that bytes order as numbers do. Pure. */
#ifndef SB_STORE_KEYS_H
#define SB_STORE_KEYS_H

#include "daemon/store/said.h"

enum {
    STORE_SAID_SUBJECT = 1 + 16 + 1, /* kind, id, length of the organisation that follows */
    STORE_SAID_KEY_MAX = STORE_SAID_SUBJECT + SB_ORG_MAX + 8, /* the organisation, offset */
    STORE_SAID_VALUE = 1 + 8,                                 /* content, day */
    STORE_YOUNG_MAX = SB_ABOUT_MAX * (STORE_SAID_SUBJECT + SB_ORG_MAX + STORE_SAID_VALUE),
    STORE_CHAIN_KEY = 2 + 4 + 8 + 2,       /* origin, counter, tag, branch */
    STORE_PLACE_KEY = STORE_CHAIN_KEY + 8, /* the chain, seq */
    STORE_ID_KEY = 2 + 16 + 2,             /* origin, id, nth */
    STORE_EPOCH_KEY = STORE_CHAIN_KEY - 2, /* the chain without its branch */
};

/* The chain's key is the beginning of the place's. */
void store_key_place(uint8_t out[static STORE_PLACE_KEY], const struct sb_place *place);
void store_key_place_read(struct sb_place *out, const uint8_t key[static STORE_PLACE_KEY]);
void store_key_id(uint8_t out[static STORE_ID_KEY], uint16_t origin, const struct sb_uuid *id,
                  uint16_t nth);
void store_key_id_read(uint16_t *origin, struct sb_uuid *id,
                       const uint8_t key[static STORE_ID_KEY]);
/* Returns the bytes written. False: not a key or value as written. */
size_t store_key_said(uint8_t out[static STORE_SAID_KEY_MAX], const struct sb_subject *subject,
                      struct sb_offset offset);
void store_said_write(uint8_t out[static STORE_SAID_VALUE], const struct sb_about *about);
bool store_said_read(struct sb_said_entry *out, struct sb_bytes key, struct sb_bytes value);
/* What an event is about, each once: a key without its offset, and its value. Returns the bytes. */
size_t store_young_write(uint8_t out[static STORE_YOUNG_MAX], const struct sb_about *about,
                         size_t n);
/* Where the account of the whole log stands among the chains: behind all of our own, so that a
 * commit of our own events touches the page of our newest chain and no other. */
extern const uint8_t STORE_ACCOUNT_KEY[STORE_CHAIN_KEY];

#endif
