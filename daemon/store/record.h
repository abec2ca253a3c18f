/* The values of the store's trees: log entries, chain rows, the account of the log. Compact: what
 * the store knows once (partnership, origins) is not repeated, and five events with 512 bytes of
 * payload fit a page of 4 KiB. Pure. */
#ifndef SB_STORE_RECORD_H
#define SB_STORE_RECORD_H

#include "daemon/store/keys.h"

enum {
    STORE_EVENT_FIXED = 129, /* bytes of an event's entry: no audience, salt or body */
    STORE_RELEASE_BYTES = 9, /* of a release */
    STORE_ROW_MAX = 8 + 2 + SB_CHECKPOINT_BYTES + 8 + 8 + 32 + 1 + SB_PARENTS_MAX * 52,
    STORE_ACCOUNT_BYTES = 8 + 8 * SB_CLASS_COUNT,
};

/* Five to a page: of 4,096 bytes 16 are the page's; each entry takes 2 + 8 and its key 8. 600 bytes
 * of body are 512 of payload and what stands around them. */
static_assert(5 * (2 + 8 + 8 + STORE_EVENT_FIXED + 32 + 600) <= 4096 - 16, "five to a page");

enum store_entry_kind { STORE_ENTRY_EVENT = 1, STORE_ENTRY_RELEASE = 2 };

size_t store_event_size(const struct sb_record *record);
/* Writes exactly store_event_size(record) bytes. */
void store_event_write(uint8_t *out, size_t n, const struct sb_record *record);
/* Fills all but offset, link.partnership and link.origin; salt and body borrow from `value`, the
 * audience from out->audience. False: not an event as written above. */
bool store_event_read(struct sb_record *out, struct sb_bytes value);
/* Only where the event stands, or when it came: for walks that need no more. False: no event. */
bool store_event_place(struct sb_place *out, struct sb_bytes value);
bool store_event_committed(struct sb_time *out, struct sb_bytes value);

void store_release_write(uint8_t out[static STORE_RELEASE_BYTES], struct sb_offset of);
/* False: not a release. */
bool store_release_read(struct sb_offset *of, struct sb_bytes value);

/* Returns the bytes written. */
size_t store_row_write(uint8_t out[static STORE_ROW_MAX], const struct sb_chain_row *row);
bool store_row_read(struct sb_chain_row *out, struct sb_bytes key, struct sb_bytes value);

/* What is known of the whole log without walking it. */
struct store_account {
    uint64_t events;
    struct sb_offset by_class[SB_CLASS_COUNT];
};

void store_account_write(uint8_t out[static STORE_ACCOUNT_BYTES],
                         const struct store_account *account);
bool store_account_read(struct store_account *out, struct sb_bytes value);

#endif
