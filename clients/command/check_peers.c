/* samenbus check peers: does everything that is configured between us and each partner flow, as we
 * see it and as they do? */
#include <string.h>

#include "clients/command/check.h"

static void judge_direction(struct sb_verdict *v, const struct sb_status_peer *p, const char *way,
                            const struct sb_status_direction *d)
{
    enum sb_level level = sb_check_direction(d->state);
    if (level != SB_LEVEL_OK) {
        sb_verdict_add(v, level, "%s %s: %s is %s%s%s", p->id, p->name, way, d->state,
                       *d->reason != '\0' ? ": " : "", d->reason);
    }
}

bool sb_check_is_unconnected(const struct sb_status_peer *p)
{
    return strcmp(p->outgoing.state, "none") == 0 && strcmp(p->incoming.state, "none") == 0;
}

static bool is_held(const struct sb_status *s, const char *origin)
{
    size_t i = 0;
    while (i < s->n_heads && strcmp(s->heads[i].origin, origin) != 0) {
        i++;
    }
    return i < s->n_heads;
}

/* By anybody who could bring what others say. */
static bool is_connected(const struct sb_status *s)
{
    bool found = false;
    for (size_t i = 0; i < s->n_peers; i++) {
        const char *out = s->peers[i].outgoing.state, *in = s->peers[i].incoming.state;
        found |= strcmp(out, "live") == 0 || strcmp(out, "catching_up") == 0;
        found |= strcmp(in, "live") == 0 || strcmp(in, "catching_up") == 0;
    }
    return found;
}

enum sb_level sb_check_unconnected(const struct sb_status *s, const struct sb_status_peer *p,
                                   const char **why)
{
    bool held = is_held(s, p->id), connected = is_connected(s);
    if (held && connected) {
        *why = p->over_others ? ""
                              : "no connection either way; its events come over others, but "
                                "restricted ones may not: give its endpoints, or, if it is meant "
                                "so, `over_others: true`";
        return p->over_others ? SB_LEVEL_OK : SB_LEVEL_WARNING;
    }
    if (p->over_others && connected) {
        *why = "nothing of it has come over others yet: has it published?";
        return SB_LEVEL_WARNING;
    }
    *why = p->over_others ? "nothing comes over others: no other partner is connected"
                          : "nothing flows either way; it has not connected yet, and we have no "
                            "endpoints of it";
    return SB_LEVEL_CRITICAL;
}

/* False where something is wrong. Their view is empty until they told it. */
static bool judge_peer(struct sb_verdict *v, const struct sb_status *s,
                       const struct sb_status_peer *p)
{
    size_t before = v->n_findings + v->n_more;
    const char *why;
    enum sb_level level =
        sb_check_is_unconnected(p) ? sb_check_unconnected(s, p, &why) : SB_LEVEL_OK;
    if (level != SB_LEVEL_OK) {
        sb_verdict_add(v, level, "%s %s: %s", p->id, p->name, why);
    }
    judge_direction(v, p, "we to them", &p->outgoing);
    judge_direction(v, p, "they to us", &p->incoming);
    if (*p->their_state != '\0' && sb_check_direction(p->their_state) != SB_LEVEL_OK) {
        sb_verdict_add(v, sb_check_direction(p->their_state), "%s %s: they see us as %s%s%s", p->id,
                       p->name, p->their_state, *p->their_reason != '\0' ? ": " : "",
                       p->their_reason);
    }
    return before == v->n_findings + v->n_more;
}

void sb_check_peers(struct sb_verdict *v, const struct sb_status *s)
{
    size_t n_well = 0, n_over = 0;
    for (size_t i = 0; i < s->n_peers; i++) {
        bool well = judge_peer(v, s, &s->peers[i]);
        n_well += well;
        n_over += well && sb_check_is_unconnected(&s->peers[i]);
    }
    if (s->n_peers == 0) {
        sb_verdict_sum_up(v, "no partner is configured");
    } else if (n_over > 0) {
        sb_verdict_sum_up(v, "%zu of %zu partners flow in every direction, %zu of them over others",
                          n_well, s->n_peers, n_over);
    } else {
        sb_verdict_sum_up(v, "%zu of %zu partners flow in every direction", n_well, s->n_peers);
    }
    sb_verdict_figure(v, (struct sb_figure){"partners", "", s->n_peers, 0, 0});
    sb_verdict_figure(v, (struct sb_figure){"flowing", "", n_well, 0, 0});
}

/* ---- the subcommand */

static const struct sb_flag flags[] = {SB_FLAG_CONFIG, SB_FLAG_CHECK_FORMAT};

static void judge(struct sb_verdict *v, const struct sb_status *s, void *context)
{
    (void)context;
    sb_check_peers(v, s);
}

static int check_peers(const struct sb_args *args)
{
    return sb_check_run(args, "peers", judge, NULL);
}

const struct sb_command sb_command_check_peers = {
    .words = "check peers",
    .about = "is every direction to and from every partner live, here and in their eyes? exit 0-3",
    SB_FLAGS(flags),
    .usage_exit = SB_LEVEL_UNKNOWN,
    .examples = "  samenbus check peers\n"
                "  samenbus check peers --format nagios -c /etc/samenbus/client.yaml\n"
                "      # exit 0 ok, 1 warning, 2 critical, 3 unknown: the daemon does not answer\n"
                "      # a partner that is not to be connected: `over_others: true` in its entry\n",
    .run = check_peers,
};
