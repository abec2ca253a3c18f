/* I8: what a node answers about a subject, and what its whole log says of it, give one view; and
 * so do the logs of all nodes. The log is read and its past put together here in the plainest way,
 * with every chain whole. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/rules/agenda.h"
#include "proto/rules/decision.h"
#include "proto/rules/notification.h"
#include "proto/statement_read.h"
#include "proto/view_json.h"
#include "tests/sim/announced.h"
#include "tests/sim/checks.h"
#include "tests/sim/statements.h"
#include "tests/sim/truth.h"

enum {
    ARENA_BYTES = 64 * 1024 * 1024,
    VIEW_BYTES = 4096,
    CHAINS_MAX = 4096,
    STATEMENTS_MAX = 8192
};

/* Statements and their past, wherever they were read. */
struct known {
    struct sb_arena arena;
    const struct sb_statement **list;
    size_t n;
    struct sb_past_chain *chains;
    struct sb_chain_row *rows; /* of a log */
    size_t n_chains;
    struct sb_past_link *links;
    size_t n_links;
    size_t missing;     /* bodies of what counts, in a log */
    bool complete;      /* says an answer of itself */
    struct known *next; /* of the spare ones */
};

/* Used again, for every subject of every node wants one. */
static struct known *spare;

static struct known *known_new(void)
{
    struct known *k = spare;
    if (k != NULL) {
        spare = k->next;
        return k;
    }
    k = calloc(1, sizeof *k);
    assert(k != NULL);
    sb_arena_init(&k->arena, ARENA_BYTES);
    k->list = calloc(STATEMENTS_MAX, sizeof(struct sb_statement *));
    k->chains = calloc(CHAINS_MAX, sizeof *k->chains);
    k->rows = calloc(CHAINS_MAX, sizeof *k->rows);
    k->links = calloc(CHAINS_MAX, sizeof *k->links);
    assert(k->list != NULL && k->chains != NULL && k->rows != NULL && k->links != NULL);
    return k;
}

static void known_free(struct known *k)
{
    sb_arena_reset(&k->arena);
    k->n = k->n_chains = k->n_links = k->missing = 0;
    k->next = spare;
    spare = k;
}

static void add(struct known *k, const struct sb_item *item, uint32_t chain)
{
    struct sb_statement *s = sb_arena_alloc(&k->arena, sizeof *s);
    struct sb_bytes body = sb_arena_copy(&k->arena, item->body.p, item->body.n);
    assert(s != NULL && body.p != NULL && k->n < STATEMENTS_MAX);
    *s = (struct sb_statement){.event = {item->link.origin, item->link.id},
                               .at = {chain, item->link.seq.n},
                               .epoch = item->link.epoch,
                               .hash = sb_link_hash(&item->link)};
    if (sb_statement_read(s, body, &k->arena)) {
        k->list[k->n++] = s;
    }
}

/* ---- the whole log: all of it that counts */

static bool add_row(void *context, const struct sb_chain_row *row)
{
    struct known *k = context;
    assert(k->n_chains < CHAINS_MAX);
    k->rows[k->n_chains++] = *row;
    return true;
}

static uint32_t find_row(const struct known *k, uint16_t origin, struct sb_epoch epoch,
                         uint16_t branch)
{
    for (size_t i = 0; i < k->n_chains; i++) {
        if (k->rows[i].origin == origin && k->rows[i].branch == branch &&
            sb_epoch_eq(k->rows[i].epoch, epoch)) {
            return (uint32_t)i;
        }
    }
    return SB_PAST_NONE;
}

/* Is that link here, and among what counts? */
static bool counts(const struct sim_world *w, const struct sim_host *h, uint16_t origin,
                   struct sb_epoch epoch, struct sb_seq seq, const struct sb_hash *hash,
                   uint16_t *branch)
{
    return sb_store_find_link(h->store, origin, epoch, seq, hash, branch, NULL) == SB_OK &&
           sim_announced_may_show(w, h, hash);
}

static void read_chains(struct known *k, struct sim_world *w, struct sim_host *h)
{
    struct sb_store *store = h->store;
    (void)sb_store_chains(store, add_row, k, NULL);
    for (size_t i = 0; i < k->n_chains; i++) {
        const struct sb_chain_row *row = &k->rows[i];
        struct sb_past_at *parents = sb_arena_alloc(&k->arena, SB_PARENTS_MAX * sizeof *parents);
        struct sb_past_chain *chain = &k->chains[i];
        assert(parents != NULL);
        *chain = (struct sb_past_chain){.origin = *sb_store_origin(store, row->origin),
                                        .epoch = row->epoch,
                                        .leans_on = SB_PAST_NONE,
                                        .base = row->base.n,
                                        .last = row->tip.seq.n,
                                        .parents = parents};
        if (row->base.n > 1) {
            chain->leans_on = find_row(k, row->origin, row->epoch, row->base_branch);
        }
        for (size_t p = 0; p < row->n_parents && row->base.n == 1; p++) {
            const struct sb_parent *parent = &row->parents[p];
            uint16_t branch;
            if (counts(w, h, row->origin, parent->epoch, parent->seq, &parent->hash, &branch)) {
                parents[chain->n_parents++] = (struct sb_past_at){
                    find_row(k, row->origin, parent->epoch, branch), parent->seq.n};
            }
        }
    }
}

/* Of what the cuts of closings name, what is here and counts. */
static void read_cuts(struct known *k, const struct sim_world *w, const struct sim_host *h)
{
    for (size_t i = 0; i < k->n; i++) {
        const struct sb_statement *s = k->list[i];
        for (size_t t = 0; s->content == SB_CONTENT_CLOSING && t < s->ending.n_cut; t++) {
            const struct sb_cut_tip *tip = &s->ending.cut[t];
            int owner = sim_host_of(w, &tip->origin);
            uint16_t origin = owner < 0 ? 0 : sim_number(h, owner), branch;
            if (owner >= 0 && counts(w, h, origin, tip->epoch, tip->seq, &tip->hash, &branch)) {
                assert(k->n_links < CHAINS_MAX);
                k->links[k->n_links++] = (struct sb_past_link){
                    {find_row(k, origin, tip->epoch, branch), tip->seq.n}, tip->hash};
            }
        }
    }
}

static struct known *read_log(struct sim_world *w, struct sim_host *h)
{
    struct known *k = known_new();
    struct sb_record *r = malloc(sizeof *r);
    struct sb_offset at = {1};
    bool released;
    assert(r != NULL);
    (void)sb_store_refresh(h->store, NULL);
    read_chains(k, w, h);
    for (; sb_store_next(h->store, at, &at, &released, r, NULL) == SB_OK; at.n++) {
        struct sb_hash hash = sb_link_hash(&r->item.link);
        bool shown = !released && sim_announced_may_show(w, h, &hash);
        k->missing += shown && r->state == SB_BODY_MISSING;
        if (shown && r->item.salt != NULL) {
            add(k, &r->item, find_row(k, r->origin, r->item.link.epoch, r->branch));
        }
    }
    free(r);
    read_cuts(k, w, h);
    return k;
}

/* ---- what the node answers */

static void take_answer(struct known *k, const struct sb_said_answer *a)
{
    size_t base = k->n_chains;
    assert(base + a->n_chains <= CHAINS_MAX && k->n_links + a->n_links <= CHAINS_MAX);
    for (size_t i = 0; i < a->n_chains; i++) {
        const struct sb_said_chain *from = &a->chains[i];
        struct sb_past_at *parents =
            sb_arena_alloc(&k->arena, (from->n_parents + 1) * sizeof *parents);
        assert(parents != NULL);
        for (size_t p = 0; p < from->n_parents; p++) {
            parents[p] = (struct sb_past_at){(uint32_t)base + from->parents[p].chain,
                                             from->parents[p].seq.n};
        }
        k->chains[k->n_chains++] = (struct sb_past_chain){.origin = from->origin,
                                                          .epoch = from->epoch,
                                                          .leans_on = SB_PAST_NONE,
                                                          .base = from->first.n,
                                                          .last = from->last.n,
                                                          .parents = parents,
                                                          .n_parents = from->n_parents};
    }
    for (size_t i = 0; i < a->n_links; i++) {
        const struct sb_said_link *from = &a->links[i];
        k->links[k->n_links++] =
            (struct sb_past_link){{(uint32_t)base + from->chain, from->seq.n}, from->hash};
    }
    for (size_t i = 0; i < a->n_items; i++) {
        add(k, &a->items[i].item, (uint32_t)base + a->items[i].chain);
    }
}

/* One question in a turn of its own; NULL: not answered. */
static const struct sb_said_answer *ask(struct sim_world *w, struct sim_host *h,
                                        const struct sb_query *query, struct sb_message *answer,
                                        struct sb_arena *arena)
{
    enum { SESSION = 1 << 30, REQUEST = 77 };
    struct sb_message m = {.type = SB_MSG_QUERY, .request = REQUEST};
    struct sb_net_message net = {.event = SB_NET_REQUEST, .session = SESSION};
    struct sb_outbox out;
    char why[SB_LABEL_MAX + 1];
    m.query = *query;
    net.identity = SB_IDENTITY_CLIENT + 1;
    net.frame = sb_wire_encode(&m, arena);
    if (sb_node_turn(h->node, sim_now(w, h), &net, 1, false, &out, NULL) != SB_OK) {
        return NULL;
    }
    for (size_t i = 0; i < out.n; i++) {
        if (out.items[i].kind == SB_OUT_ANSWER && out.items[i].to == SESSION) {
            struct sb_bytes frame =
                sb_arena_copy(arena, out.items[i].frame.p, out.items[i].frame.n);
            return sb_wire_decode(answer, frame, arena, why) == SB_CODE_OK &&
                           answer->type == SB_MSG_SAID
                       ? &answer->said
                       : NULL;
        }
    }
    return NULL;
}

static struct known *read_answer(struct sim_world *w, struct sim_host *h,
                                 const struct sb_subject *subject)
{
    struct known *k = known_new();
    struct sb_query query = {
        .said = true, .said_kinds = 1u << subject->kind, .said_id = subject->of.id};
    struct sb_message answer;
    for (bool end = false; !end;) {
        const struct sb_said_answer *a = ask(w, h, &query, &answer, &k->arena);
        if (a == NULL) {
            sim_violate(w, "I8", "%s does not say what was said", h->org.s);
            break;
        }
        take_answer(k, a);
        k->complete = a->complete;
        query.said_from = a->next;
        end = a->end;
    }
    return k;
}

/* ---- views */

static const char *print(struct known *k, const struct sb_subject *subject)
{
    struct sb_past past = {k->chains, k->n_chains, k->links, k->n_links, NULL};
    struct sb_date day = {25000}; /* in 2038 */
    struct sb_time time = {day.days * 86400000};
    struct sb_json_out out;
    sb_json_out_init(&out, &k->arena, VIEW_BYTES);
    sb_json_put_open(&out, '{');
    if (subject->kind == SB_SUBJECT_DECISION) {
        sb_json_put_decision(&out,
                             sb_decision_fold(&subject->of, k->list, k->n, &past, day, &k->arena));
    } else if (subject->kind == SB_SUBJECT_NOTIFICATION) {
        sb_json_put_notification(
            &out, sb_notification_fold(&subject->of, k->list, k->n, &past, time, &k->arena));
    } else {
        const struct sb_agenda_group *group =
            sb_agenda_fold(&subject->of.id, k->list, k->n, &k->arena);
        for (size_t i = 0; i < group->n_items; i++) {
            sb_json_put_agenda(&out, &group->items[i], group);
        }
    }
    sb_json_put_close(&out, '}');
    struct sb_bytes text = sb_json_out_done(&out);
    assert(text.p != NULL);
    return (const char *)text.p;
}

static bool lists(const struct known *k, const struct sb_hash *hash)
{
    bool found = false;
    for (size_t i = 0; i < k->n && !found; i++) {
        found = sb_hash_eq(&k->list[i]->hash, hash);
    }
    return found;
}

/* What a replaced key alone had erased there stays so. And where nobody has the end that was named,
 * a branch that goes beyond it is shown below it by whoever has it, and offered to nobody, nor are
 * bodies of it asked for: views differ by just that (PROTOCOL §9.4). */
static bool rightly_lacks(const struct sim_world *w, const struct sim_host *there,
                          const struct known *log, const struct sim_said *said)
{
    const uint32_t *state = sim_map_get(&there->mirror->held, &said->hash);
    bool never_came = state == NULL || *state == SB_BODY_MISSING;
    return sim_checks_stays_erased(w, there, said) ||
           (sim_announced_is_cut_off(w, said) && never_came && !lists(log, &said->hash));
}

/* The same without what the other host, which has this log, rightly lacks. */
static const char *print_as_there(const struct sim_world *w, struct known *k,
                                  const struct sim_host *there, const struct known *log,
                                  const struct sb_subject *subject)
{
    const struct sb_statement **all = k->list;
    size_t n = k->n;
    k->list = sb_arena_alloc(&k->arena, (n + 1) * sizeof *k->list);
    assert(k->list != NULL);
    k->n = 0;
    for (size_t i = 0; i < n; i++) {
        const struct sim_said *said = sim_truth_find(w->truth, &all[i]->hash);
        if (said == NULL || !rightly_lacks(w, there, log, said)) {
            k->list[k->n++] = all[i];
        }
    }
    const char *text = print(k, subject);
    k->list = all;
    k->n = n;
    return text;
}

/* Does an epoch that it has name a parent that it has not? `*maybe` where that may be what does
 * not count any more. */
static bool lacks_parents(const struct sim_world *w, const struct sim_host *h, bool *maybe)
{
    bool lacks = false;
    *maybe = false;
    for (int of = 0; of < w->n_hosts; of++) {
        struct sb_chain_info chain;
        uint32_t at = 0;
        while (sb_core_next_chain(sb_node_core(h->node), sim_number(h, of), &at, &chain)) {
            for (size_t i = 0; i < chain.n_parents && chain.base.n == 1; i++) {
                if (!sim_mirror_holds(h->mirror, &chain.parents[i].hash)) {
                    *maybe = *maybe || sim_announced_of(w, of) != NULL;
                    lacks = true;
                }
            }
        }
    }
    return lacks;
}

static void check_subject(struct sim_world *w, struct known *const *logs,
                          const struct sb_subject *subject)
{
    int first = -1;
    for (int i = 0; i < w->n_hosts && w->violation[0] == '\0'; i++) {
        struct sim_host *h = &w->hosts[i];
        if (logs[i] == NULL) {
            continue;
        }
        const char *log = print(logs[i], subject);
        struct known *answer = read_answer(w, h, subject);
        if (w->violation[0] == '\0' && strcmp(log, print(answer, subject)) != 0) {
            sim_violate(w, "I8", "%s answers %.180s where its log says %.180s", h->org.s,
                        print(answer, subject), log);
        }
        bool knows = logs[i]->missing == 0 && sb_core_lag(sb_node_core(h->node)) == 0 &&
                     sb_core_erasures_known(sb_node_core(h->node));
        bool maybe, lacks = lacks_parents(w, h, &maybe);
        if (lacks && !maybe && answer->complete && w->violation[0] == '\0') {
            sim_violate(w, "I8", "%s says that it knows all, and lacks what an epoch began after",
                        h->org.s);
        }
        if (knows && !lacks && !answer->complete && w->violation[0] == '\0') {
            sim_violate(w, "I8", "%s says that it may not know all, and lacks nothing that counts",
                        h->org.s);
        }
        known_free(answer);
        const char *here = "", *there = "";
        if (first >= 0) {
            here = print_as_there(w, logs[i], &w->hosts[first], logs[first], subject);
            there = print_as_there(w, logs[first], h, logs[i], subject);
        }
        if (strcmp(here, there) != 0 && w->violation[0] == '\0') {
            sim_violate(w, "I8", "%s sees %.180s where another sees %.180s", h->org.s, here, there);
        }
        first = i;
    }
}

void sim_statements_check_end(struct sim_world *w)
{
    static const char *const names[] = {"D0", "D1", "I0", "I1", "N0", "N1"};
    static const enum sb_subject_kind kinds[] = {SB_SUBJECT_DECISION,     SB_SUBJECT_DECISION,
                                                 SB_SUBJECT_ITEM,         SB_SUBJECT_ITEM,
                                                 SB_SUBJECT_NOTIFICATION, SB_SUBJECT_NOTIFICATION};
    struct known *logs[SIM_NODES_MAX] = {NULL};
    for (int i = 0; i < w->n_hosts; i++) {
        struct sim_host *h = &w->hosts[i];
        logs[i] =
            h->villain || h->node == NULL || sim_quota(w, h) < UINT32_MAX ? NULL : read_log(w, h);
    }
    for (int i = 0; i < w->n_hosts; i++) {
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
            struct sb_subject subject = {kinds[n], {w->hosts[i].org, {{0}}}};
            subject.of.id = sim_publisher_id(&w->hosts[i], names[n]);
            if (kinds[n] == SB_SUBJECT_ITEM) {
                memset(&subject.of.org, 0, sizeof subject.of.org);
            }
            check_subject(w, logs, &subject);
        }
    }
    for (int i = 0; i < w->n_hosts; i++) {
        if (logs[i] != NULL) {
            known_free(logs[i]);
        }
    }
}

/* Stale is what a revision in the same batch makes of it; no other state can come of what the
 * origin said afterwards. */
void sim_statement_check_ack(struct sim_world *w, struct sim_host *h, const struct sb_uuid *id)
{
    struct known *k = read_log(w, h);
    struct sb_past past = {k->chains, k->n_chains, k->links, k->n_links, NULL};
    const struct sb_statement *said = NULL;
    for (size_t i = 0; i < k->n; i++) {
        if (sb_uuid_eq(&k->list[i]->event.id, id) && sb_org_eq(&k->list[i]->event.org, &h->org)) {
            said = k->list[i];
        }
    }
    if (said != NULL && said->content == SB_CONTENT_POSITION) {
        struct sb_date day = {25000};
        const struct sb_decision_view *view =
            sb_decision_fold(&said->position.decision, k->list, k->n, &past, day, &k->arena);
        for (size_t i = 0; i < view->n_positions; i++) {
            if (view->positions[i].statement == said &&
                view->positions[i].state == SB_POSITION_IGNORED) {
                sim_violate(w, "I8", "%s takes a position without effect: %s", h->org.s,
                            sb_why_name(view->positions[i].why));
            }
        }
    }
    known_free(k);
}
