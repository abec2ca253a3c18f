/* The chains of all origins as a reader of the log sees them, link by link: what the rules ask to
 * know what was in whose past. It keeps hashes, not events. */
#ifndef SB_CLIENTS_COMMAND_CHAINS_H
#define SB_CLIENTS_COMMAND_CHAINS_H

#include "proto/json_out.h"
#include "proto/link.h"
#include "proto/rules/statement.h"

struct sb_chains;

struct sb_chains *sb_chains_new(void); /* NULL: no memory */
void sb_chains_free(struct sb_chains *chains);

/* Takes the next link of its epoch, whose hash is given; `epoch` is its name as shown to people,
 * `body` that of an EpochStart and otherwise empty. Links of one epoch come in their order. *at is
 * its place. False without memory, or when the link before it never came. */
bool sb_chains_add(struct sb_chains *chains, const struct sb_link *link, const struct sb_hash *hash,
                   const char *epoch, struct sb_bytes body, struct sb_past_at *at);

/* The table for the rules, with the links that the cuts of these closings name. Borrows from the
 * arena alone. False when it is full. */
bool sb_chains_past(const struct sb_chains *chains, const struct sb_statement *const *statements,
                    size_t n, struct sb_past *out, struct sb_arena *arena);

/* "asOf":{origin:[{"epoch","seq","hash"}]}: the tips that are in nobody's past. */
void sb_chains_put_as_of(struct sb_json_out *out, const struct sb_chains *chains);

/* The tips of these organisations' chains as a value: the list of a closing's cut. */
void sb_chains_put_cut(struct sb_json_out *out, const struct sb_chains *chains,
                       const struct sb_orgs *of);

#endif
