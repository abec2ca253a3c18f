/* `evidence list -o json`: one piece of evidence as an object. */
#include "proto/json.h"
#include "proto/json_out.h"

enum { ITEM_EXPECTED = 1024, HEX = 2 * 32 + 1 };

static void put_hash(struct sb_json_out *out, const char *key, const struct sb_hash *hash)
{
    static const char digits[] = "0123456789abcdef";
    char text[HEX];
    for (size_t i = 0; i < sizeof hash->b; i++) {
        text[2 * i] = digits[hash->b[i] >> 4];
        text[2 * i + 1] = digits[hash->b[i] & 15];
    }
    text[HEX - 1] = '\0';
    sb_json_member_string(out, key, text);
}

static void put_time(struct sb_json_out *out, const char *key, struct sb_time time)
{
    char text[SB_TIME_TEXT_MAX];
    sb_time_format(text, time);
    sb_json_member_string(out, key, text);
}

static void put_side(struct sb_json_out *out, const struct sb_evidence_side *side)
{
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "epoch", side->epoch_text);
    sb_json_member_uint(out, "seq", side->seq.n);
    put_hash(out, "hash", &side->hash);
    put_hash(out, "commitment", &side->commitment);
    sb_json_put_key(out, "checkpoint");
    sb_json_put_open(out, '{');
    sb_json_member_uint(out, "seq", side->checkpoint.seq.n);
    put_hash(out, "hash", &side->checkpoint.hash);
    put_time(out, "time", side->checkpoint.time);
    sb_json_put_close(out, '}');
    sb_json_put_close(out, '}');
}

struct sb_bytes sb_json_evidence(const struct sb_evidence_item *item, uint64_t index,
                                 struct sb_arena *arena)
{
    struct sb_json_out out;
    bool fork = item->kind == SB_EVIDENCE_FORK, conflict = item->kind == SB_EVIDENCE_ID_CONFLICT;
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &item->id);
    sb_json_out_init(&out, arena, ITEM_EXPECTED);
    sb_json_put_open(&out, '{');
    sb_json_member_uint(&out, "index", index);
    sb_json_member_string(&out, "kind", fork ? "fork" : conflict ? "id_conflict" : "unknown");
    sb_json_member_string(&out, "origin", item->origin.s);
    if (fork && item->n_sides > 0) {
        sb_json_member_string(&out, "epoch", item->sides[0].epoch_text);
        sb_json_member_uint(&out, "seq", item->sides[0].seq.n);
    }
    if (conflict) {
        sb_json_member_string(&out, "id", id);
        sb_json_put_key(&out, "compared");
        sb_json_put_bool(&out, item->compared);
    }
    put_time(&out, "since", item->since);
    sb_json_put_key(&out, fork ? "branches" : "events");
    sb_json_put_open(&out, '[');
    for (size_t i = 0; i < item->n_sides; i++) {
        put_side(&out, &item->sides[i]);
    }
    sb_json_put_close(&out, ']');
    sb_json_put_close(&out, '}');
    return sb_json_out_done(&out);
}
