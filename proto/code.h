/* Verdicts on what another side sent: data, not errors. The numbers are those of `enum Code` in
 * samenbus.proto and are never reused. */
#ifndef SB_PROTO_CODE_H
#define SB_PROTO_CODE_H

enum sb_code {
    SB_CODE_OK = 0,
    SB_CODE_MALFORMED = 1,
    SB_CODE_TOO_LARGE = 2,
    SB_CODE_INVALID_BODY = 3,
    SB_CODE_INVALID_TOPIC = 4,
    SB_CODE_NOT_ALLOWED = 5,
    SB_CODE_ID_CONFLICT = 6,
    SB_CODE_RECOVERING = 7,
    SB_CODE_STORE_FULL = 8,
    SB_CODE_QUOTA = 9,
    SB_CODE_ERASED = 10,
    SB_CODE_SHUTTING_DOWN = 11,
    SB_CODE_UNKNOWN_DECISION = 12,
    SB_CODE_STALE_REVISION = 13,
    SB_CODE_NOT_PARTICIPANT = 14,
    SB_CODE_CLOSED = 15,
    SB_CODE_REMOTE_IMPOSSIBLE = 16,
    SB_CODE_UNKNOWN_OUTCOME = 17,
    SB_CODE_UNKNOWN_CONSUMER = 23,
    SB_CODE_CONSUMER_CONFLICT = 24,
    SB_CODE_UNKNOWN_EVENT = 25,
    SB_CODE_NOT_ERASABLE = 29,
    SB_CODE_RATE = 30,
    SB_CODE_BEGUN_ANEW = 31,
    SB_CODE_COUNT
};

/* "id_conflict"; "unknown" for a number that nobody has. Static storage. */
const char *sb_code_name(enum sb_code code);

/* One sentence for people who meet this code; static storage. */
const char *sb_code_sentence(enum sb_code code);

#endif
