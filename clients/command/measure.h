/* What the benches share: a clock, latencies, the made-up event, and the line of results. */
#ifndef SB_CLIENTS_COMMAND_MEASURE_H
#define SB_CLIENTS_COMMAND_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "clients/command/command.h"
#include "clients/lib/samenbus.h"

struct sb_measure {
    uint64_t window, count, size; /* as asked for */
    uint64_t warm_up;             /* of count: not measured */
    uint64_t seen;
    int64_t begun_ns, ended_ns; /* of what is measured */
    uint32_t *latencies_us;     /* those that are measured */
    size_t n_latencies;
};

/* Reads --window, --count and --size with these defaults. False after a complaint. */
bool sb_measure_init(struct sb_measure *m, const struct sb_args *args, uint64_t window,
                     uint64_t count);
void sb_measure_fini(struct sb_measure *m);

int64_t sb_measure_now_ns(void);
/* One more is done, `latency_ns` after it began; negative: it has no latency. */
void sb_measure_add(struct sb_measure *m, int64_t latency_ns);
/* The JSON line of INTERFACE. */
void sb_measure_print(struct sb_measure *m);

/* A custom event under custom/bench with `size` bytes of payload; its body is malloc'ed. The first
 * eight bytes of the payload are at *stamp, for whoever wants to put something there. */
bool sb_measure_event(struct sb_submission *out, size_t size, uint8_t **stamp);
/* A new UUIDv7: events may share their body. */
struct sb_uuid sb_measure_id(void);

#endif
