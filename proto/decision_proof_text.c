/* What a verifier prints of the proof of a decision (PROTOCOL §10.7): names, dates and words of the
 * protocol, and no text that somebody wrote. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/decision_proof.h"
#include "proto/proof_text.h"
#include "proto/view_json.h"

enum { TAG_DIGITS = 8, REFERENCE_BYTES = SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX, KEY_TEXT = 45 };

struct printing {
    void (*put)(void *context, const char *line);
    void *context;
    char line[SB_DECISION_PROOF_LINE_MAX];
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void add(struct printing *p, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(p->line + p->n, sizeof p->line - p->n, fmt, args);
    va_end(args);
    p->n += (size_t)n < sizeof p->line - p->n ? (size_t)n : sizeof p->line - p->n - 1;
}

static void end_line(struct printing *p)
{
    p->put(p->context, p->line);
    p->n = 0;
    p->line[0] = '\0';
}

static void add_reference(struct printing *p, const struct sb_reference *of)
{
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &of->id);
    add(p, "%s/%s", of->org.s, id);
}

static void add_orgs(struct printing *p, const struct sb_orgs *orgs)
{
    for (size_t i = 0; i < orgs->n; i++) {
        add(p, "%s%s", i > 0 ? ", " : "", orgs->p[i].s);
    }
}

static void print_outcome(struct printing *p, const struct sb_decision_view *v)
{
    char date[SB_DATE_TEXT_MAX];
    add(p, "decision: ");
    add_reference(p, &v->decision);
    add(p, ", text ");
    add_reference(p, &v->revision->event);
    end_line(p);
    sb_date_format(date, v->as_of);
    add(p, "as of %s: %s", date, sb_outcome_name(v->outcome));
    sb_date_format(date, v->decided_at);
    add(p, "%s%s%s%s", v->provisional ? ", provisional" : "", v->ended ? ", ended" : "",
        date[0] == '\0' ? "" : ", since ", date);
    end_line(p);
    add(p, "reason: %s", v->reason);
    end_line(p);
    if (v->missing.n > 0) {
        add(p, "missing: ");
        add_orgs(p, &v->missing);
        end_line(p);
    }
    add(p, "complete: %s", v->complete ? "yes" : "no");
    end_line(p);
}

static void print_position(struct printing *p, const struct sb_position_view *said)
{
    char value[SB_VIEW_WORD_MAX], taken[SB_DATE_TEXT_MAX];
    (void)sb_view_word(value, SB_VIEW_POSITION_VALUE, (int)said->statement->position.value);
    sb_date_format(taken, said->statement->position.taken);
    add(p, "position: %s %s %s %s", said->organisation.s, value, taken,
        sb_position_state_name(said->state));
    if (said->state == SB_POSITION_IGNORED) {
        add(p, " (%s)", sb_why_name(said->why));
    }
    add(p, "%s%s%s%s, ",
        said->slot == SB_SLOT_SECOND  ? ", second round"
        : said->slot == SB_SLOT_CHAIR ? ", as chair"
                                      : "",
        said->backdated ? ", backdated" : "", said->own ? "" : ", recorded by ",
        said->own ? "" : said->statement->event.org.s);
    add_reference(p, &said->statement->event);
    end_line(p);
}

static void print_view(struct printing *p, const struct sb_decision_view *v)
{
    print_outcome(p, v);
    for (size_t i = 0; i < v->n_positions; i++) {
        print_position(p, &v->positions[i]);
    }
    for (size_t i = 0; i < v->n_ignored; i++) {
        add(p, "ignored: ");
        add_reference(p, &v->ignored[i].statement->event);
        add(p, " (%s)", sb_why_name(v->ignored[i].why));
        end_line(p);
    }
}

/* ---- who signed */

static const struct sb_decision_proof_known *find_known(const struct sb_decision_proof_known *known,
                                                        size_t n, const struct sb_org *org)
{
    for (size_t i = 0; i < n; i++) {
        if (sb_org_eq(&known[i].organisation, org)) {
            return &known[i];
        }
    }
    return NULL;
}

static void add_key(struct printing *p, const struct sb_sign_public *key, bool known)
{
    char text[KEY_TEXT];
    sb_base64_encode(text, key->b, sizeof key->b);
    add(p, ", key %s%s", text, known ? ", known" : "");
}

static void print_signers(struct printing *p, const struct sb_decision_proof *proof,
                          const struct sb_decision_proof_known *known, size_t n_known)
{
    for (size_t i = 0; i < proof->n_origins; i++) {
        const struct sb_decision_proof_origin *o = &proof->origins[i];
        add(p, "signed: %s, %" PRIu64 " links, %" PRIu64 " shown", o->origin.s, o->links, o->shown);
        add_key(p, &o->key, find_known(known, n_known, &o->origin) != NULL);
        end_line(p);
    }
    for (size_t i = 0; i < proof->n_possessions; i++) {
        const struct sb_decision_proof_possession *said = &proof->possessions[i];
        char epoch[SB_EPOCH_TEXT_MAX], time[SB_TIME_TEXT_MAX];
        sb_time_format(time, said->time);
        add(p, "possession: %s at %s holds", said->node.s, time);
        for (size_t k = 0; k < said->n_held; k++) {
            sb_epoch_format(epoch, said->held[k].epoch, TAG_DIGITS);
            add(p, "%s %s %s:%" PRIu64, k > 0 ? "," : "", said->held[k].origin.s, epoch,
                said->held[k].seq.n);
        }
        add(p, "%s", said->n_held == 0 ? " nothing of these" : "");
        if (!said->of_origin) {
            add_key(p, &said->key, find_known(known, n_known, &said->node) != NULL);
        }
        end_line(p);
    }
}

/* ---- faults */

/* The organisation whose key is another than the known one; NULL: none. */
static const struct sb_org *find_stranger(const struct sb_decision_proof *proof,
                                          const struct sb_decision_proof_known *known, size_t n)
{
    for (size_t i = 0; i < proof->n_origins; i++) {
        const struct sb_decision_proof_origin *o = &proof->origins[i];
        const struct sb_decision_proof_known *k = find_known(known, n, &o->origin);
        if (k != NULL && memcmp(&k->key, &o->key, sizeof k->key) != 0 &&
            memcmp(&k->key, &o->last_key, sizeof k->key) != 0) {
            return &o->origin;
        }
    }
    for (size_t i = 0; i < proof->n_possessions; i++) {
        const struct sb_decision_proof_possession *said = &proof->possessions[i];
        const struct sb_decision_proof_known *k = find_known(known, n, &said->node);
        if (!said->of_origin && k != NULL && memcmp(&k->key, &said->key, sizeof k->key) != 0) {
            return &said->node;
        }
    }
    return NULL;
}

bool sb_decision_proof_print(const struct sb_decision_proof *proof,
                             const struct sb_decision_proof_known *known, size_t n_known,
                             void (*put)(void *context, const char *line), void *context)
{
    struct printing p = {.put = put, .context = context};
    struct sb_export_fault fault = proof->fault;
    char line[SB_PROOF_LINE_MAX];
    if (fault.fault == SB_FAULT_NONE) {
        const struct sb_org *stranger = find_stranger(proof, known, n_known);
        if (stranger == NULL) {
            print_view(&p, proof->view);
            print_signers(&p, proof, known, n_known);
            return true;
        }
        fault = (struct sb_export_fault){.origin = *stranger, .fault = SB_FAULT_BAD_KEY};
        (void)snprintf(fault.text, sizeof fault.text, "%s", sb_fault_sentence(SB_FAULT_BAD_KEY));
    }
    sb_fault_print(line, &fault);
    put(context, line);
    return false;
}
