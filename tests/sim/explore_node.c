/* One turn, in the order of the shell: inputs, staging, one commit, and only then what leaves. */
#include "tests/sim/explore_node.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/explore_work.h"

static const char *const names[EXPLORE_ORGS] = {"GM0384", "GM0437", "GM0451"};

void explore_nodes_init(struct explore_nodes *nodes, int n_hosts)
{
    memset(nodes, 0, sizeof *nodes);
    nodes->n_hosts = n_hosts;
    for (int i = 0; i < n_hosts; i++) {
        explore_core_init(&nodes->machines[i], &nodes->cores, &nodes->chunks, i, n_hosts);
    }
}

void explore_nodes_fini(struct explore_nodes *nodes)
{
    for (int i = 0; i < nodes->n_hosts; i++) {
        explore_core_fini(&nodes->machines[i]);
    }
    explore_intern_fini(&nodes->cores);
    explore_intern_fini(&nodes->chunks);
    explore_intern_fini(&nodes->disks);
    explore_intern_fini(&nodes->messages);
}

uint32_t explore_message(struct explore_nodes *nodes, const struct explore_message *m)
{
    return explore_intern(&nodes->messages, m,
                          offsetof(struct explore_message, entries) +
                              (size_t)m->n * sizeof m->entries[0]);
}

const struct explore_entry *explore_disk(const struct explore_nodes *nodes, uint32_t disk,
                                         size_t *n)
{
    const struct explore_entry *links = explore_value(&nodes->disks, disk, n);
    *n /= sizeof *links;
    return links;
}

void explore_violate(struct explore_work *k, const char *fmt, ...)
{
    char text[160];
    if (k->turn->violation != NULL) {
        return;
    }
    int n = snprintf(text, sizeof text, "%s ", names[k->host]);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text + n, sizeof text - (size_t)n, fmt, ap);
    va_end(ap);
    k->turn->violation = strdup(text);
    assert(k->turn->violation != NULL);
}

const struct explore_entry *explore_find(const struct explore_work *k, int origin,
                                         struct sb_epoch epoch, uint64_t seq,
                                         const struct sb_hash *hash)
{
    for (size_t i = 0; i < k->n_durable; i++) {
        const struct explore_entry *e = &k->disk[i];
        if (e->origin == origin && sb_epoch_eq(e->epoch, epoch) && e->seq.n == seq &&
            (hash == NULL || sb_hash_eq(&e->hash, hash))) {
            return e;
        }
    }
    return NULL;
}

/* ---- starting: the chains of the disk, then an empty turn later */

static void load_chain(struct sb_core *core, int host, const struct explore_entry *links, size_t n,
                       const struct explore_entry *first)
{
    struct sb_chain_info info = {.origin = explore_number(host, first->origin),
                                 .branch = (uint16_t)first->branch,
                                 .epoch = first->epoch,
                                 .base = first->seq,
                                 .parents = first->parents,
                                 .n_parents = (size_t)first->n_parents};
    for (size_t i = 0; i < n; i++) {
        const struct explore_entry *e = &links[i];
        if (e->origin == first->origin && sb_epoch_eq(e->epoch, first->epoch)) {
            if (e->branch == first->branch) {
                info.tip = (struct sb_checkpoint){.seq = e->seq, .hash = e->hash};
                info.bytes += 200;
            }
            if (sb_hash_eq(&e->hash, &first->prev)) {
                info.base_branch = (uint16_t)e->branch;
            }
        }
    }
    info.bodies = info.tip.seq;
    bool loaded = sb_core_load(core, &info);
    assert(loaded);
}

void explore_start(struct explore_nodes *nodes, int host, struct explore_local *local)
{
    struct explore_core *m = &nodes->machines[host];
    explore_core_set(m, (int)m->fresh);
    size_t n;
    const struct explore_entry *links = explore_disk(nodes, local->disk, &n);
    for (size_t i = 0; i < n; i++) {
        bool first = true;
        for (size_t j = 0; j < i && first; j++) {
            first = links[j].origin != links[i].origin || links[j].branch != links[i].branch ||
                    !sb_epoch_eq(links[j].epoch, links[i].epoch);
        }
        if (first) {
            load_chain(m->core, host, links, n, &links[i]);
        }
    }
    m->core->last.n = m->core->stage.last.n = n;
    sb_core_loaded(m->core);
    local->boot++;
    local->opened = 0;
    local->held = local->again = 0;
    local->clock_ms = m->core->now.mono_ms;
    local->deadline_ms = local->clock_ms;
    local->core = explore_core_get(m);
}

/* ---- staging */

static void stage(struct explore_work *k, const struct explore_entry *e, const struct sb_staged *at)
{
    assert(k->n_disk < EXPLORE_DISK_MAX);
    k->disk[k->n_disk] = *e;
    k->disk[k->n_disk].branch = at->branch;
    assert(at->offset.n == k->n_disk + 1);
    k->n_disk++;
    k->turn->committed_something = true;
}

static void stage_own(struct explore_work *k, const struct sb_effect *fx)
{
    const struct sb_link *link = fx->append.own;
    struct explore_entry e = {.origin = k->host,
                              .id = link->kind == SB_KIND_SYSTEM ? 0 : link->id.b[0],
                              .epoch = link->epoch,
                              .seq = link->seq,
                              .bodies = link->seq,
                              .hash = sb_link_hash(link),
                              .prev = link->prev};
    if (link->seq.n == 1) {
        const struct sb_chain *chain = &k->core->chains[k->core->n_chains - 1];
        assert(chain->n_parents <= EXPLORE_PARENTS_MAX);
        e.n_parents = chain->n_parents;
        memcpy(e.parents, &k->core->parents[chain->first_parent],
               chain->n_parents * sizeof e.parents[0]);
    }
    stage(k, &e, &sb_core_staged(k->core)[fx->append.first]);
}

static void stage_segment(struct explore_work *k, const struct sb_effect *fx)
{
    const struct sb_segment *s = k->segment;
    for (uint32_t i = 0; i < fx->append.n; i++) {
        const struct sb_link *link = &s->items[i].link;
        struct explore_entry e = {.origin = -1,
                                  .id = link->id.b[0],
                                  .epoch = link->epoch,
                                  .seq = link->seq,
                                  .bodies = link->seq,
                                  .hash = s->hashes[i],
                                  .prev = link->prev};
        e.origin = explore_org(k->host, sb_core_staged(k->core)[fx->append.first + i].origin);
        if (link->seq.n == 1) {
            e.n_parents = (int32_t)s->start->n_parents;
            memcpy(e.parents, s->start->parents, s->start->n_parents * sizeof e.parents[0]);
        }
        stage(k, &e, &sb_core_staged(k->core)[fx->append.first + i]);
    }
}

static void sort_out(struct explore_work *k, const struct sb_effect *e)
{
    if (e->type == SB_FX_APPEND) {
        e->append.own != NULL ? stage_own(k, e) : stage_segment(k, e);
    } else if (e->type == SB_FX_HOLD) {
        k->local->held |= 1u << k->publishing;
    } else if (e->type == SB_FX_DEFER) { /* a segment is as good as lost: it is asked for again */
        k->local->again |= k->publishing > 0 ? 1u << k->publishing : 0;
    } else if (e->type == SB_FX_UNHOLD) {
        k->local->again |= k->local->held;
        k->local->held = 0;
    } else {
        assert(k->n_outside < EXPLORE_EFFECTS_MAX);
        k->outside[k->n_outside++] = *e;
    }
}

void explore_step(struct explore_work *k, struct sb_input *in)
{
    in->now = (struct sb_now){k->local->clock_ms, {1764000000000 + k->local->clock_ms}};
    k->fx = (struct sb_effects){k->fx_items, 0, EXPLORE_EFFECTS_MAX};
    sb_core_step(k->core, in, &k->fx);
    for (size_t i = 0; i < k->fx.n; i++) {
        sort_out(k, &k->fx.items[i]);
    }
}

/* ---- the commit and its ends */

static void check_staged(struct explore_work *k)
{
    for (size_t i = k->n_durable; i < k->n_disk; i++) {
        const struct explore_entry *e = &k->disk[i];
        bool follows = e->seq.n == 1;
        for (size_t j = 0; j < i; j++) {
            const struct explore_entry *d = &k->disk[j];
            bool same = d->origin == e->origin && sb_epoch_eq(d->epoch, e->epoch);
            follows |= same && d->seq.n == e->seq.n - 1 && sb_hash_eq(&d->hash, &e->prev);
            if (same && sb_hash_eq(&d->hash, &e->hash)) {
                explore_violate(k, "commits one link twice (I5)");
            }
            if (same && d->branch == e->branch && d->seq.n == e->seq.n - 1 &&
                !sb_hash_eq(&d->hash, &e->prev)) {
                explore_violate(k, "puts seq %llu on a branch that it does not follow (I3)",
                                (unsigned long long)e->seq.n);
            }
        }
        if (!follows) {
            explore_violate(k, "holds seq %llu without the link before it (I3)",
                            (unsigned long long)e->seq.n);
        }
    }
}

static void write_disk(struct explore_work *k)
{
    check_staged(k);
    k->local->older = k->local->disk;
    k->local->older_core = k->nodes->snapshots ? k->before : EXPLORE_NO_CORE;
    k->local->disk = explore_intern(&k->nodes->disks, k->disk, k->n_disk * sizeof k->disk[0]);
    k->n_durable = k->n_disk;
}

static void die(struct explore_work *k)
{
    k->local->core = EXPLORE_NO_CORE;
    k->local->held = k->local->again = 0;
    k->local->clock_ms = k->local->deadline_ms = 0;
    explore_core_drop(&k->nodes->machines[k->host]);
}

/* False: the node is down. */
static bool commit(struct explore_work *k, enum explore_fate fate)
{
    struct sb_input in = {.type = SB_IN_COMMITTED};
    if (fate == EXPLORE_DIES_AFTER) {
        write_disk(k);
    }
    if (fate == EXPLORE_DIES_BEFORE || fate == EXPLORE_DIES_AFTER) {
        k->n_outside = 0;
        die(k);
        return false;
    }
    if (fate == EXPLORE_FULL) {
        in.type = SB_IN_COMMIT_FAILED;
        k->n_disk = k->n_durable;
    } else {
        write_disk(k);
    }
    explore_step(k, &in);
    return true;
}

void explore_turn(struct explore_nodes *nodes, int host, const struct explore_local *local,
                  uint32_t message, enum explore_fate fate, struct explore_turn *turn)
{
    static struct explore_work k;
    struct explore_core *m = &nodes->machines[host];
    *turn = (struct explore_turn){.after = *local};
    k.nodes = nodes;
    k.host = host;
    k.core = m->core;
    k.local = &turn->after;
    k.turn = turn;
    k.n_outside = 0;
    k.before = local->core;
    explore_core_set(m, local->core);
    const struct explore_entry *links = explore_disk(nodes, local->disk, &k.n_durable);
    memcpy(k.disk, links, k.n_durable * sizeof *links);
    k.n_disk = k.n_durable;
    nodes->turns++;

    static struct explore_message given;
    size_t n;
    const void *bytes = explore_value(&nodes->messages, message, &n);
    memcpy(&given, bytes, n);
    struct sb_input tick = {.type = SB_IN_TICK}, end = {.type = SB_IN_TURN_END};
    explore_step(&k, &tick);
    explore_give(&k, &given);
    explore_step(&k, &end);
    if (turn->committed_something && !commit(&k, fate)) {
        return;
    }
    explore_leave(&k);
    turn->after.deadline_ms =
        turn->after.again != 0 ? turn->after.clock_ms : sb_core_deadline(k.core);
    turn->after.core = explore_core_get(m);
}
