/* What can be done and expected in a scenario about erasures. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/clients.h"
#include "tests/sim/erasing.h"
#include "tests/sim/keys.h"
#include "tests/sim/scenario_words.h"
#include "tests/sim/thief.h"

static struct sim_host *host(struct scenario *s, const struct scenario_slots *in)
{
    return &s->world->hosts[in->nodes[0]];
}

bool scenario_erase(struct scenario *s, const struct scenario_slots *in)
{
    struct sim_host *h = host(s, in);
    const struct sim_host *origin = scenario_publisher(s, in->texts[0]);
    if (origin == NULL || !scenario_is_up(s, h)) {
        return false;
    }
    sim_erasing_ask(s->world, h, origin, in->texts[0]);
    return true;
}

bool scenario_steal_erase(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *victim = host(s, in);
    if (!s->world->keys->of[victim->index].lost) {
        return scenario_fail(s, "its key was not lost yet");
    }
    sim_thief_erases(s->world, victim->index, in->nodes[1], in->texts[0]);
    return true;
}

bool scenario_new_reader(struct scenario *s, const struct scenario_slots *in)
{
    struct sim_host *h = host(s, in);
    if (!scenario_is_up(s, h)) {
        return false;
    }
    sim_consumer_begin_anew(s->world, h);
    return true;
}

bool scenario_is_erased(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *h = host(s, in), *origin = scenario_publisher(s, in->texts[0]);
    struct sb_record *r = malloc(sizeof *r);
    bool erased = false, held = false;
    if (origin != NULL && r != NULL && scenario_is_up(s, h)) {
        struct sb_uuid id = sim_publisher_id(origin, in->texts[0]);
        (void)sb_store_refresh(h->store, NULL);
        held = sb_store_find_id(h->store, sim_number(h, origin->index), &id, 0, r, NULL) == SB_OK;
        erased = held && r->state == SB_BODY_ERASED;
        erased =
            erased || scenario_fail(s, "%s", held ? sb_body_state_name(r->state) : "not there");
    }
    free(r);
    return erased;
}

static bool on_disk(struct scenario *s, const struct scenario_slots *in)
{
    const char *text = in->texts[0];
    return sb_disk_contains(host(s, in)->disk,
                            (struct sb_bytes){(const uint8_t *)text, strlen(text)});
}

bool scenario_has_bytes(struct scenario *s, const struct scenario_slots *in)
{
    return on_disk(s, in) || scenario_fail(s, "there are none");
}

bool scenario_has_no_byte(struct scenario *s, const struct scenario_slots *in)
{
    return !on_disk(s, in) || scenario_fail(s, "they are there");
}

bool scenario_erasing_answered(struct scenario *s, const struct scenario_slots *in)
{
    int code = sim_erasing_code(s->world, host(s, in), in->texts[0]);
    const char *name = code < 0 ? "nothing" : sb_code_name((enum sb_code)code);
    return strcmp(name, in->name) == 0 || scenario_fail(s, "the answer was %s", name);
}
