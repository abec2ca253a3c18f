/* What can be done in a scenario. */
#include <stdio.h>
#include <string.h>

#include "tests/sim/clients.h"
#include "tests/sim/faults.h"
#include "tests/sim/keys.h"
#include "tests/sim/net.h"
#include "tests/sim/reload.h"
#include "tests/sim/scenario_words.h"
#include "tests/sim/sealed.h"
#include "tests/sim/snapshot.h"
#include "tests/sim/thief.h"

enum { EPOCH_MS = 1000 };

static struct sim_host *host(struct scenario *s, const struct scenario_slots *in, size_t nth)
{
    return &s->world->hosts[in->nodes[nth]];
}

/* ---- before it begins */

static bool name_nodes(struct scenario *s, const struct scenario_slots *in)
{
    int n = 0;
    while ((in->mask >> n & 1) != 0) {
        n++;
    }
    if (s->begun || n < 1 || in->mask >> n != 0) {
        return scenario_fail(s, "name the nodes once, and the first ones of GM0384 GM0437 GM0451 "
                                "GM0736 GM0362");
    }
    sim_world_init(s->world, s->world->seed, n);
    s->world->quiet = true;
    s->begun = true;
    return true;
}

static void connect_all(struct scenario *s, bool mesh)
{
    for (int a = 0; a < s->world->n_hosts; a++) {
        for (int b = 0; b < s->world->n_hosts; b++) {
            bool neighbours = a - b == 1 || b - a == 1;
            s->world->links[a][b].configured = a != b && (mesh || neighbours);
        }
    }
    s->shaped = true;
}

static bool make_mesh(struct scenario *s, const struct scenario_slots *in)
{
    (void)in;
    connect_all(s, true);
    return true;
}

static bool make_line(struct scenario *s, const struct scenario_slots *in)
{
    (void)in;
    connect_all(s, false);
    return true;
}

static bool dial(struct scenario *s, const struct scenario_slots *in)
{
    s->world->links[in->nodes[0]][in->nodes[1]].configured = true;
    s->shaped = true;
    return true;
}

static bool lose_broadcasts(struct scenario *s, const struct scenario_slots *in)
{
    for (int a = 0; a < s->world->n_hosts; a++) {
        for (int b = 0; b < s->world->n_hosts; b++) {
            s->world->links[a][b].loss_percent = in->count;
        }
    }
    return in->count <= 100 || scenario_fail(s, "0 to 100 percent");
}

static bool keep_down(struct scenario *s, const struct scenario_slots *in)
{
    s->down |= 1u << in->nodes[0];
    return true;
}

/* ---- clients */

static bool say(struct scenario *s, const struct scenario_slots *in, uint32_t remote)
{
    struct sim_host *h = host(s, in, 0);
    if (!scenario_is_up(s, h)) {
        return false;
    }
    if (s->n_texts == SCENARIO_TEXTS_MAX) {
        return scenario_fail(s, "a scenario has at most %d texts", SCENARIO_TEXTS_MAX);
    }
    (void)snprintf(s->texts[s->n_texts].s, sizeof s->texts[0].s, "%s", in->texts[0]);
    s->texts[s->n_texts++].host = h->index;
    if (in->n_texts == 2) {
        sim_publisher_reuse(s->world, h, in->texts[0], in->texts[1]);
    } else {
        sim_publisher_say(s->world, h, in->texts[0], in->mask, remote);
    }
    return true;
}

static bool publish(struct scenario *s, const struct scenario_slots *in)
{
    return say(s, in, in->count);
}

/* The same text again is a retry, with the end that was named first. */
static bool seal(struct scenario *s, const struct scenario_slots *in)
{
    struct sim_host *h = host(s, in, 0);
    if (!scenario_is_up(s, h)) {
        return false;
    }
    (void)snprintf(s->texts[s->n_texts].s, sizeof s->texts[0].s, "%s", in->texts[0]);
    s->texts[s->n_texts++].host = h->index;
    sim_sealed_say(s->world, h, in->texts[0], in->mask, in->period_ms);
    return true;
}

/* Each time its clock jumps: what lies between two jumps is an epoch. Time goes on meanwhile. */
static bool begin_epochs(struct scenario *s, const struct scenario_slots *in)
{
    struct sim_host *h = host(s, in, 0);
    if (!scenario_is_up(s, h)) {
        return false;
    }
    for (uint32_t i = 0; i < in->count; i++) {
        char text[24];
        (void)snprintf(text, sizeof text, "epoch %u", i);
        sim_sealed_clock(s->world, h, 2 * SB_CLOCK_DRIFT_MS);
        sim_publisher_say(s->world, h, text, 0, 0);
        int64_t until_ms = s->world->now_ms + EPOCH_MS;
        while (!sim_publisher_acked(h, text)) {
            if (s->world->now_ms >= until_ms || !sim_run_until(s->world, s->world->now_ms + 10)) {
                return scenario_fail(s, "%s of them after a second: %s", text, s->world->violation);
            }
        }
    }
    return true;
}

static bool retry(struct scenario *s, const struct scenario_slots *in)
{
    struct sim_host *h = host(s, in, 0);
    if (!scenario_is_up(s, h)) {
        return false;
    }
    sim_publisher_say(s->world, h, in->texts[0], 0, 0);
    return true;
}

static bool lose_answer(struct scenario *s, const struct scenario_slots *in)
{
    host(s, in, 0)->answers_to_lose++;
    return true;
}

static bool keep_back(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *publisher = scenario_publisher(s, in->texts[0]);
    if (publisher == NULL) {
        return false;
    }
    host(s, in, 0)->keeps_back = true;
    host(s, in, 0)->kept_back = sim_publisher_id(publisher, in->texts[0]);
    return true;
}

static bool leave_out(struct scenario *s, const struct scenario_slots *in)
{
    host(s, in, 0)->leaves_out = true;
    return true;
}

/* ---- nodes */

static bool crash(struct scenario *s, const struct scenario_slots *in)
{
    struct sim_host *h = host(s, in, 0);
    if (!scenario_is_up(s, h)) {
        return false;
    }
    sim_crash(s->world, h->index, "scenario");
    return true;
}

static bool crash_before_commit(struct scenario *s, const struct scenario_slots *in)
{
    host(s, in, 0)->crash_at_commit = 1;
    return true;
}

static bool crash_after_commit(struct scenario *s, const struct scenario_slots *in)
{
    host(s, in, 0)->crash_at_commit = 2;
    return true;
}

static bool start(struct scenario *s, const struct scenario_slots *in)
{
    struct sim_host *h = host(s, in, 0);
    if (h->node != NULL) {
        return scenario_fail(s, "%s is running", h->org.s);
    }
    sim_publisher_give_up(h);
    sim_start(s->world, h->index);
    return true;
}

static bool pause_node(struct scenario *s, const struct scenario_slots *in)
{
    sim_pause(s->world, host(s, in, 0), in->period_ms);
    return true;
}

static bool move_clock(struct scenario *s, const struct scenario_slots *in)
{
    sim_sealed_clock(s->world, host(s, in, 0), in->period_ms);
    return true;
}

/* ---- disks and connections */

static bool lose_disk(struct scenario *s, const struct scenario_slots *in)
{
    sim_lose_disk(s->world, host(s, in, 0));
    return true;
}

static bool back_up(struct scenario *s, const struct scenario_slots *in)
{
    struct sim_host *h = host(s, in, 0);
    sb_disk_image_free(h->backup);
    h->backup = sb_disk_snapshot(h->disk);
    sim_keys_backed_up(s->world, h);
    return true;
}

static bool restore(struct scenario *s, const struct scenario_slots *in)
{
    struct sim_host *h = host(s, in, 0);
    if (h->backup == NULL) {
        return scenario_fail(s, "there is no backup of %s", h->org.s);
    }
    sim_put_back(s->world, h);
    return true;
}

static bool restore_with_keys(struct scenario *s, const struct scenario_slots *in)
{
    if (!restore(s, in)) {
        return false;
    }
    sim_keys_put_back(s->world, host(s, in, 0), true);
    return true;
}

static bool rotate_key(struct scenario *s, const struct scenario_slots *in)
{
    struct sim_host *h = host(s, in, 0);
    if (!sim_keys_may_rotate(s->world, h)) {
        return scenario_fail(s, "before it is rotated again partners have to pin it");
    }
    sim_keys_rotate(s->world, h);
    return true;
}

static bool pin_key(struct scenario *s, const struct scenario_slots *in)
{
    if (s->world->keys->of[in->nodes[1]].n == 1) {
        return scenario_fail(s, "it has no new key");
    }
    sim_keys_pin(s->world, host(s, in, 0), in->nodes[1]);
    return true;
}

static bool lose_keys(struct scenario *s, const struct scenario_slots *in, bool stolen)
{
    struct sim_host *h = host(s, in, 0), *exporter = host(s, in, 1);
    if (s->world->keys->of[h->index].lost) {
        return scenario_fail(s, "everything is lost once in a scenario");
    }
    if (!scenario_is_up(s, exporter)) {
        return false;
    }
    sim_keys_lose(s->world, h, exporter, false, stolen);
    return true;
}

static bool lose_everything(struct scenario *s, const struct scenario_slots *in)
{
    return lose_keys(s, in, false);
}

static bool steal_key(struct scenario *s, const struct scenario_slots *in)
{
    return lose_keys(s, in, true);
}

static bool steal_all(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *victim = host(s, in, 0);
    if (!s->world->keys->of[victim->index].lost) {
        return scenario_fail(s, "its key was not lost yet");
    }
    sim_thief_gives_all(s->world, victim->index, host(s, in, 1)->index);
    return true;
}

static bool steal_id(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *victim = host(s, in, 0);
    if (!s->world->keys->of[victim->index].lost) {
        return scenario_fail(s, "its key was not lost yet");
    }
    sim_thief_takes_id(s->world, victim->index, host(s, in, 1)->index, in->texts[0]);
    return true;
}

static bool steal_behind(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *victim = host(s, in, 0);
    if (!s->world->keys->of[victim->index].lost) {
        return scenario_fail(s, "its key was not lost yet");
    }
    sim_thief_follows(s->world, victim->index, host(s, in, 1)->index, in->texts[0]);
    return true;
}

static bool steal_seal(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *victim = host(s, in, 0);
    if (!s->world->keys->of[victim->index].lost) {
        return scenario_fail(s, "its key was not lost yet");
    }
    (void)snprintf(s->texts[s->n_texts].s, sizeof s->texts[0].s, "%s", in->texts[0]);
    s->texts[s->n_texts++].host = victim->index;
    sim_thief_seals(s->world, victim->index, host(s, in, 1)->index, in->texts[0], in->period_ms);
    return true;
}

static bool take_snapshot(struct scenario *s, const struct scenario_slots *in)
{
    struct sim_host *h = host(s, in, 0);
    if (!scenario_is_up(s, h)) {
        return false;
    }
    sim_snapshot_take(s->world, h);
    return true;
}

static bool resume_snapshot(struct scenario *s, const struct scenario_slots *in)
{
    struct sim_host *h = host(s, in, 0);
    if (h->snapshot == NULL) {
        return scenario_fail(s, "there is no live snapshot of %s", h->org.s);
    }
    sim_snapshot_resume(s->world, h, SIM_SLEEP_UNNOTICED, 0);
    return true;
}

static bool start_twin(struct scenario *s, const struct scenario_slots *in)
{
    (void)in;
    if (s->world->n_hosts == SIM_NODES_MAX || s->world->hosts[s->world->n_hosts - 1].twin) {
        return scenario_fail(s, "there is no room for another instance");
    }
    sim_twin_start(s->world);
    return true;
}

static bool fill_disk(struct scenario *s, const struct scenario_slots *in)
{
    struct sim_host *h = host(s, in, 0);
    sb_disk_set_capacity(h->disk, sb_disk_bytes(h->disk) + 1);
    (void)s;
    return true;
}

static bool make_room(struct scenario *s, const struct scenario_slots *in)
{
    sb_disk_set_capacity(host(s, in, 0)->disk, 0);
    return true;
}

static bool cut(struct scenario *s, const struct scenario_slots *in)
{
    sim_net_cut(s->world, in->nodes[0], in->nodes[1], true);
    return true;
}

static bool take_out(struct scenario *s, const struct scenario_slots *in)
{
    sim_reload_partner(s->world, host(s, in, 0), in->nodes[1], false);
    return true;
}

static bool take_in(struct scenario *s, const struct scenario_slots *in)
{
    sim_reload_partner(s->world, host(s, in, 0), in->nodes[1], true);
    return true;
}

static bool bar_reader(struct scenario *s, const struct scenario_slots *in)
{
    sim_reload_reader(s->world, host(s, in, 0), true);
    return true;
}

static bool admit_reader(struct scenario *s, const struct scenario_slots *in)
{
    sim_reload_reader(s->world, host(s, in, 0), false);
    return true;
}

static bool mend(struct scenario *s, const struct scenario_slots *in)
{
    sim_net_cut(s->world, in->nodes[0], in->nodes[1], false);
    return true;
}

const struct scenario_sentence scenario_acts[] = {
    {SCENARIO_SET_UP, "nodes NODES", name_nodes},
    {SCENARIO_SET_UP, "mesh", make_mesh},
    {SCENARIO_SET_UP, "line", make_line},
    {SCENARIO_SET_UP, "dial NODE -> NODE", dial},
    {SCENARIO_SET_UP, "lose COUNT percent of broadcasts", lose_broadcasts},
    {SCENARIO_SET_UP, "NODE is down", keep_down},
    {SCENARIO_ACT, "NODE publishes TEXT", publish},
    {SCENARIO_ACT, "NODE begins COUNT epochs", begin_epochs},
    {SCENARIO_ACT, "NODE publishes TEXT to NODES", publish},
    {SCENARIO_ACT, "NODE publishes TEXT remote COUNT", publish},
    {SCENARIO_ACT, "NODE publishes TEXT to NODES remote COUNT", publish},
    {SCENARIO_ACT, "NODE publishes TEXT with the id of TEXT", publish},
    {SCENARIO_ACT, "NODE publishes TEXT under embargo of PERIOD", seal},
    {SCENARIO_ACT, "NODE publishes TEXT to NODES under embargo of PERIOD", seal},
    {SCENARIO_ACT, "retry TEXT at NODE", retry},
    {SCENARIO_ACT, "NODE erases TEXT", scenario_erase},
    {SCENARIO_ACT, "new reader at NODE", scenario_new_reader},
    {SCENARIO_ACT, "lose the next answer of NODE", lose_answer},
    {SCENARIO_ACT, "NODE keeps back TEXT", keep_back},
    {SCENARIO_ACT, "NODE leaves out bodies", leave_out},
    {SCENARIO_ACT, "crash NODE", crash},
    {SCENARIO_ACT, "crash NODE before commit", crash_before_commit},
    {SCENARIO_ACT, "crash NODE after commit", crash_after_commit},
    {SCENARIO_ACT, "start NODE", start},
    {SCENARIO_ACT, "pause NODE PERIOD", pause_node},
    {SCENARIO_ACT, "clock of NODE PERIOD", move_clock},
    {SCENARIO_ACT, "lose disk of NODE", lose_disk},
    {SCENARIO_ACT, "backup NODE", back_up},
    {SCENARIO_ACT, "restore NODE", restore},
    {SCENARIO_ACT, "restore NODE with its keys", restore_with_keys},
    {SCENARIO_ACT, "NODE rotates its key", rotate_key},
    {SCENARIO_ACT, "NODE loses everything and counts what NODE has", lose_everything},
    {SCENARIO_ACT, "NODE loses everything to a thief and counts what NODE has", steal_key},
    {SCENARIO_ACT, "whoever stole the key of NODE gives NODE all that it said and more", steal_all},
    {SCENARIO_ACT, "whoever stole the key of NODE tells NODE something with the id of TEXT",
     steal_id},
    {SCENARIO_ACT, "whoever stole the key of NODE tells NODE something behind TEXT", steal_behind},
    {SCENARIO_ACT,
     "whoever stole the key of NODE seals TEXT by way of NODE under embargo of PERIOD", steal_seal},
    {SCENARIO_ACT, "whoever stole the key of NODE erases TEXT by way of NODE",
     scenario_steal_erase},
    {SCENARIO_ACT, "NODE pins the new key of NODE", pin_key},
    {SCENARIO_ACT, "snapshot NODE", take_snapshot},
    {SCENARIO_ACT, "resume NODE", resume_snapshot},
    {SCENARIO_ACT, "start a second instance", start_twin},
    {SCENARIO_ACT, "full disk of NODE", fill_disk},
    {SCENARIO_ACT, "room on disk of NODE", make_room},
    {SCENARIO_ACT, "cut NODE NODE", cut},
    {SCENARIO_ACT, "mend NODE NODE", mend},
    {SCENARIO_ACT, "NODE takes out NODE", take_out},
    {SCENARIO_ACT, "NODE takes in NODE", take_in},
    {SCENARIO_ACT, "NODE bars its reader", bar_reader},
    {SCENARIO_ACT, "NODE admits its reader", admit_reader},
};
const size_t scenario_n_acts = sizeof scenario_acts / sizeof scenario_acts[0];
