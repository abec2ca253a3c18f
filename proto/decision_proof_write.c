/* Writes the records of the proof of a decision that no other file has; see decision_proof.h. */
#include "proto/decision_proof.h"

#include "proto/export_format.h"
#include "proto/sha256.h"

enum sb_rc sb_decision_proof_begin(FILE *to, const struct sb_export_header *proposer,
                                   const struct sb_uuid *decision, struct sb_date as_of,
                                   struct sb_err *err)
{
    uint8_t day[4];
    struct sb_writer w;
    sb_writer_init(&w, day, sizeof day);
    sb_put_u32(&w, (uint32_t)(int32_t)as_of.days);
    const struct sb_bytes parts[] = {{decision->b, sizeof decision->b}, {day, sizeof day}};
    enum sb_rc rc = sb_export_put_header(to, SB_DECISION_PROOF_MAGIC, proposer, err);
    return rc == SB_OK ? sb_export_put_record(to, SB_EXPORT_DECISION, parts, 2, err) : rc;
}

enum sb_rc sb_decision_proof_origin(FILE *to, const struct sb_org *origin,
                                    const struct sb_sign_public *key, struct sb_err *err)
{
    uint8_t length = (uint8_t)sb_org_len(origin);
    const struct sb_bytes parts[] = {
        {&length, 1}, {(const uint8_t *)origin->s, length}, {key->b, sizeof key->b}};
    return sb_export_put_record(to, SB_EXPORT_ORIGIN, parts, 3, err);
}

enum sb_rc sb_decision_proof_possession(FILE *to, const struct sb_sign_public *key,
                                        struct sb_bytes statement, struct sb_err *err)
{
    const struct sb_bytes parts[] = {{key->b, sizeof key->b}, statement};
    return sb_export_put_record(to, SB_EXPORT_POSSESSION, parts, 2, err);
}

enum sb_rc sb_decision_proof_end(FILE *to, uint64_t events, struct sb_bytes before,
                                 struct sb_err *err)
{
    uint8_t count[8];
    struct sb_writer w;
    struct sb_hash hash = sb_sha256(&before, 1);
    sb_writer_init(&w, count, sizeof count);
    sb_put_u64(&w, events);
    const struct sb_bytes parts[] = {{count, sizeof count}, {hash.b, sizeof hash.b}};
    return sb_export_put_record(to, SB_EXPORT_END, parts, 2, err);
}
