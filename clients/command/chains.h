/* The chains that a daemon's answers speak of, put together: what the rules ask to know what was in
 * whose past. */
#ifndef SB_CLIENTS_COMMAND_CHAINS_H
#define SB_CLIENTS_COMMAND_CHAINS_H

#include "proto/json_out.h"
#include "proto/rules/statement.h"
#include "proto/said.h"

struct sb_chains;

struct sb_chains *sb_chains_new(void); /* NULL: no memory */
void sb_chains_free(struct sb_chains *chains);

/* Takes what an answer says of chains; at[i] becomes the index of its chain i here. Heads are those
 * of the first answer: everything that was gathered rests on them at least. False without memory.
 */
bool sb_chains_take(struct sb_chains *chains, const struct sb_said_answer *answer, uint32_t *at);

/* The table for the rules, with the links that are known. Borrows from the arena alone. False when
 * it is full. */
bool sb_chains_past(const struct sb_chains *chains, struct sb_past *out, struct sb_arena *arena);

/* "asOf":{origin:[{"epoch","seq","hash"}]}: the tips that are in nobody's past. */
void sb_chains_put_as_of(struct sb_json_out *out, const struct sb_chains *chains);

/* The list of a closing's cut, as a value: the tips of the proposer's chains and of these
 * organisations'. Never empty, for a proposer has proposed: without tips a closing counts days. */
void sb_chains_put_cut(struct sb_json_out *out, const struct sb_chains *chains,
                       const struct sb_org *proposer, const struct sb_orgs *of);

#endif
