/* The node's turn, and its birth and death. A guided tour stands in node.h; the order of things is
 * turn.c's. */
#include "daemon/shell/node.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/limits.h"
#include "daemon/shell/certified.h"
#include "daemon/shell/inbox.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/offsets.h"
#include "daemon/shell/outbox.h"
#include "daemon/shell/rekeyed.h"
#include "daemon/shell/roster.h"
#include "daemon/shell/vouched.h"

static enum sb_rc make_core(struct sb_node *node, struct sb_err *err)
{
    struct sb_core_partner *partners = calloc(node->n_origins, sizeof *partners);
    if (partners == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for the partners");
    }
    sb_roster_name(node, partners);
    for (size_t i = 0; i < node->o.n_clients; i++) {
        node->clients[i] = node->o.clients[i].rights;
    }
    struct sb_core_options options = {.partnership = node->partnership,
                                      .origins = node->orgs,
                                      .partners = partners,
                                      .n_origins = node->n_origins,
                                      .max_origins = node->o.max_origins,
                                      .clients = node->clients,
                                      .n_clients = node->o.n_clients,
                                      .places = node->o.places,
                                      .quota_bytes = node->o.quota_bytes,
                                      .recovery_ms = node->o.recovery_ms,
                                      .now = node->o.now};
    sb_store_offsets(node->o.store, &options.last, options.by_class);
    node->core = sb_core_new(&options);
    free(partners);
    return node->core != NULL ? SB_OK : sb_err_set(err, SB_E_NOMEM, "no memory for the core");
}

struct loading {
    struct sb_node *node;
    struct sb_rekeyed_end end;
};

static bool load_chain(void *context, const struct sb_chain_row *stored)
{
    struct loading *loading = context;
    struct sb_node *node = loading->node;
    struct sb_chain_row counted = *stored, *row = &counted;
    struct sb_rekeyed_verdict cut;
    if (!sb_rekeyed_cut(node, row, &loading->end, &cut)) {
        return true;
    }
    struct sb_chain_info info = {.origin = row->origin,
                                 .branch = row->branch,
                                 .base_branch = row->base_branch,
                                 .epoch = row->epoch,
                                 .base = row->base,
                                 .tip = row->tip,
                                 .bodies = row->bodies,
                                 .bytes = row->bytes,
                                 .key = row->key,
                                 .parents = row->parents,
                                 .n_parents = row->n_parents,
                                 .final = cut.final,
                                 .aside = cut.aside};
    if (!sb_core_load(node->core, &info)) {
        node->turn.rc = SB_E_CONFIG; /* remembered for load_chains: the walk stops here */
    }
    return node->turn.rc == SB_OK;
}

static enum sb_rc load_chains(struct sb_node *node, struct sb_err *err)
{
    struct loading loading = {.node = node};
    enum sb_rc rc = sb_vouched_load(node, err);
    rc = rc == SB_OK ? sb_store_chains(node->o.store, load_chain, &loading, err) : rc;
    if (rc != SB_OK) {
        return sb_err_wrap(err, "load the epochs");
    }
    if (node->turn.rc != SB_OK) {
        return sb_err_set(err, node->turn.rc, "the store holds more than %d epochs", SB_CHAINS_MAX);
    }
    sb_core_loaded(node->core);
    if (node->o.certificate != NULL && !sb_certified_learn(node, 0, node->o.certificate)) {
        return sb_err_set(err, SB_E_CONFIG, "the certificate is not of our signing key");
    }
    sb_certified_load(node);
    return SB_OK;
}

static bool allocate(struct sb_node *node)
{
    node->partner_numbers = calloc(node->o.n_partners + 1, sizeof *node->partner_numbers);
    node->orgs = calloc(SB_ORIGINS_MAX, sizeof *node->orgs);
    node->origins = calloc(SB_ORIGINS_MAX, sizeof *node->origins);
    node->clients = calloc(node->o.n_clients + 1, sizeof *node->clients);
    node->fx.items = malloc(SB_EFFECTS_MAX * sizeof *node->fx.items);
    node->fx.cap = SB_EFFECTS_MAX;
    return node->partner_numbers != NULL && node->orgs != NULL && node->origins != NULL &&
           node->clients != NULL && node->fx.items != NULL;
}

static enum sb_rc open_node(struct sb_node *node, struct sb_err *err)
{
    if (!allocate(node)) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for the node");
    }
    enum sb_rc rc = sb_roster_register(node, node->o.partners, node->o.n_partners,
                                       node->partner_numbers, &node->n_origins, err);
    if (rc == SB_OK) {
        rc = sb_store_refresh(node->o.store, err);
    }
    if (rc == SB_OK) {
        rc = make_core(node, err);
    }
    if (rc == SB_OK) {
        rc = load_chains(node, err);
    }
    return rc == SB_OK ? sb_consumers_load(node, err) : rc;
}

enum sb_rc sb_node_new(struct sb_node **out, const struct sb_node_options *options,
                       struct sb_err *err)
{
    struct sb_node *node = calloc(1, sizeof *node);
    if (node == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for the node");
    }
    node->o = *options;
    node->partnership = sb_partnership_hash(options->partnership);
    options->random(options->random_context, node->boot_nonce.b, sizeof node->boot_nonce.b);
    sb_offsets_begin(node);
    sb_arena_init(&node->arena, SB_NODE_ARENA_BYTES);
    sb_held_init(&node->held);
    enum sb_rc rc = open_node(node, err);
    if (rc != SB_OK) {
        sb_node_free(node);
        return rc;
    }
    node->o.partners = NULL; /* the caller's array may go */
    *out = node;
    return SB_OK;
}

void sb_node_free(struct sb_node *node)
{
    if (node == NULL) {
        return;
    }
    sb_held_fini(&node->held);
    sb_stream_close_all(node);
    sb_last_words_fini(node);
    sb_consumers_fini(node);
    sb_assembly_fini(&node->assembly);
    sb_arena_fini(&node->arena);
    sb_core_free(node->core);
    free(node->turn.groups);
    free(node->turn.queue);
    free(node->said.items);
    free(node->said.durable);
    free(node->turn.erased);
    free(node->turn.erasing);
    free(node->turn.consuming);
    free(node->outcomes);
    free(node->outgoing);
    free(node->fx.items);
    free(node->clients);
    sb_vouched_fini(node);
    free(node->origins);
    free(node->orgs);
    free(node->partner_numbers);
    sb_roster_fini(node);
    sb_admin_fini(&node->admin);
    free(node);
}

uint16_t sb_node_partner_number(const struct sb_node *node, size_t partner)
{
    return node->partner_numbers[partner];
}

static void begin_turn(struct sb_node *node, struct sb_now now, bool followed, struct sb_err *err)
{
    struct sb_turn *turn = &node->turn;
    sb_arena_reset(&node->arena);
    sb_held_begin_turn(&node->held);
    sb_assembly_begin_turn(&node->assembly);
    sb_offsets_look(node, now);
    turn->now = now;
    turn->followed = followed;
    turn->rc = SB_OK;
    turn->err = err;
    turn->number = turn->rounds = 0;
    turn->read_bytes = turn->searched = 0;
    node->n_outgoing = node->outgoing_bytes = 0;
    for (size_t i = 0; i < node->n_origins; i++) {
        node->origins[i].forged = node->origins[i].left = 0;
    }
}

enum sb_rc sb_node_turn(struct sb_node *node, struct sb_now now,
                        const struct sb_net_message *messages, size_t n, bool followed,
                        struct sb_outbox *out, struct sb_err *err)
{
    struct sb_err unread;
    struct sb_turn *turn = &node->turn;
    *out = (struct sb_outbox){NULL, 0};
    begin_turn(node, now, followed, err == NULL ? &unread : err);
    enum sb_rc rc = sb_store_unchanged(node->o.store, turn->err);
    rc = rc == SB_OK ? sb_erasure_compact(node, turn->err) : rc;
    rc = rc == SB_OK ? sb_store_refresh(node->o.store, turn->err) : rc;
    if (rc != SB_OK) {
        return rc;
    }
    sb_remind_begin_turn(node);
    sb_last_words_step(node);
    sb_turn_begin_round(node);
    sb_retention_run(node);
    sb_inbox_read_kept(node);
    for (size_t i = 0; i < n && turn->rc == SB_OK; i++) {
        sb_inbox_read(node, &messages[i]);
    }
    if (turn->rc == SB_OK) {
        sb_remind_run(node);
    }
    sb_turn_end_round(node);
    if (turn->rc == SB_OK) {
        *out = (struct sb_outbox){node->outgoing, node->n_outgoing};
    }
    return turn->rc;
}

void sb_node_unsent(struct sb_node *node, const struct sb_outgoing *what)
{
    sb_outcomes_unsent(node, (size_t)(what - node->outgoing));
    sb_last_words_unsent(node, (size_t)(what - node->outgoing));
}

int64_t sb_node_deadline(const struct sb_node *node)
{
    int64_t core = sb_core_deadline(node->core);
    core = node->consumers.due_mono_ms < core ? node->consumers.due_mono_ms : core;
    int64_t held = sb_held_deadline(&node->held), embargo = sb_embargo_deadline(node);
    int64_t remind = sb_remind_deadline(node), word = sb_last_words_deadline(node);
    int64_t erasing = sb_erasure_deadline(node), retention = sb_retention_deadline(node);
    bool orders = node->admin.n_requests > 0 || node->admin.n_answers > 0;
    bool now = node->n_outcomes > 0 || node->next.pending || orders ||
               (node->stopping && !node->told_stopping);
    if (now) {
        return 0;
    }
    core = core < erasing ? core : erasing;
    core = core < retention ? core : retention;
    core = core < embargo ? core : embargo;
    core = core < held ? core : held;
    core = core < word ? core : word;
    return core < remind ? core : remind;
}

void sb_node_shutdown(struct sb_node *node)
{
    node->stopping = true;
}

bool sb_node_drained(const struct sb_node *node)
{
    return node->told_stopping && sb_held_is_empty(&node->held) && node->n_outcomes == 0;
}

const struct sb_core *sb_node_core(const struct sb_node *node)
{
    return node->core;
}
