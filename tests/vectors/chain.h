/* An epoch of an origin, made for vectors: by the rules at first, and then changed where a vector
 * wants a lie. */
#ifndef SB_TESTS_VECTORS_CHAIN_H
#define SB_TESTS_VECTORS_CHAIN_H

#include "proto/body.h"
#include "proto/partner_message.h"
#include "tests/vectors/vectors.h"

enum { CHAIN_EVENTS_MAX = 16 };

struct chain {
    struct sb_arena *arena;
    struct sb_hash partnership;
    struct sb_sign_seed seed; /* that signs */
    struct sb_epoch_start start;
    struct sb_item items[CHAIN_EVENTS_MAX];
    struct sb_hash hashes[CHAIN_EVENTS_MAX];
    struct sb_checkpoint checkpoints[CHAIN_EVENTS_MAX];
    struct sb_events events; /* of the two above */
};

/* An empty epoch of `origin`, signed by seed_of(signer). */
void chain_init(struct chain *c, const char *origin, const char *signer, struct sb_arena *arena);
/* Appends the EpochStart with this counter, and the first event. Parents and certificate are those
 * of c->start. */
void chain_open(struct chain *c, uint32_t counter, const char *json);
/* Appends an event from what `publish` reads (' for "); its id is made of its place. */
void chain_add(struct chain *c, const char *json);
/* A checkpoint over the last event. */
void chain_seal(struct chain *c);
/* `reopen`: makes the EpochStart anew from c->start, with `tag_of` giving the tag; all other links
 * follow. */
void chain_restart(struct chain *c, const struct sb_epoch_start *tag_of);
/* Encodes the links from this index on anew, and signs every checkpoint over what is there now. */
void chain_relink(struct chain *c, size_t first);
void chain_resign(struct chain *c);
/* As an item without its body; and its body with one bit changed, and so many bytes more. */
void chain_take_body(struct sb_item *item);
struct sb_bytes chain_changed_body(const struct chain *c, size_t i, size_t longer);
/* The start will carry a certificate of seed_of(new) by seed_of(signer). */
void chain_vouch(struct chain *c, const char *signer, const char *new);
/* Gives an item another body, keeping link and body in agreement. */
void chain_give_body(struct chain *c, size_t i, struct sb_bytes body);

/* A submission from JSON in which ' stands for ". */
struct sb_bytes submission_of(const char *json, struct sb_arena *arena,
                              struct sb_audience *audience);

/* Three events and two checkpoints of GM0384: a meeting, a restricted notification, a position. */
void chain_example(struct chain *c, struct sb_arena *arena);

#define JSON_MEETING                                                                               \
    "{'topic':'agenda/wonen','agendaItem':{'itemId':'01936c9e-8a40-7cc1-b1de-000000000001',"       \
    "'kind':'meeting','title':'Portefeuillehoudersoverleg wonen','body':'portfolio_holders',"      \
    "'start':'2026-12-10T20:00','end':'2026-12-10T22:00','timezone':'Europe/Amsterdam',"           \
    "'location':'Raadhuis Diemen','status':'planned','participants':['GM0384','GM0437','GM0451'"   \
    "],'disclosure':'public'}}"
#define JSON_NOTIFICATION                                                                          \
    "{'topic':'notification/ict','audience':['GM0451','GM0437'],'notification':{"                  \
    "'notificationId':'01936c9e-8a40-7cc1-b1de-000000000002','severity':'attention',"              \
    "'subject':'Onderhoud','text':'Zaterdag van 9 tot 12 uur','addressees':['GM0451'],"            \
    "'expires':'2026-12-11T00:00:00Z','requiresAcknowledgement':true}}"
#define JSON_POSITION                                                                              \
    "{'topic':'decision/duoplus','references':['GM0437/01936c9e-8a40-7cc1-b1de-000000000003'],"    \
    "'position':{'decision':'GM0437/01936c9e-8a40-7cc1-b1de-000000000003','revision':"             \
    "'GM0437/01936c9e-8a40-7cc1-b1de-000000000004','value':'in_favour_with_conditions',"           \
    "'kind':'consent','body':'council','dateTaken':'2015-01-08','conditions':"                     \
    "'Mits de \\u00e9\\u00e9nmalige kosten gelijk verdeeld worden'}}"

#endif
