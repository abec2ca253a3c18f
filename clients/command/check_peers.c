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

/* False where something is wrong. Their view is empty until they told it. */
static bool judge_peer(struct sb_verdict *v, const struct sb_status_peer *p)
{
    size_t before = v->n_findings + v->n_more;
    bool none = strcmp(p->outgoing.state, "none") == 0 && strcmp(p->incoming.state, "none") == 0;
    if (none) {
        sb_verdict_add(v, SB_LEVEL_CRITICAL,
                       "%s %s: nothing flows either way; it has not connected yet, and we have no "
                       "endpoints of it",
                       p->id, p->name);
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
    size_t n_well = 0;
    for (size_t i = 0; i < s->n_peers; i++) {
        n_well += judge_peer(v, &s->peers[i]);
    }
    if (s->n_peers == 0) {
        sb_verdict_sum_up(v, "no partner is configured");
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
                "      # exit 0 ok, 1 warning, 2 critical, 3 unknown: the daemon does not answer\n",
    .run = check_peers,
};
