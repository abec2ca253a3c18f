/* What `tail`, `log view` and `consumer` read from flags: which events, and from where. */
#ifndef SB_CLIENTS_COMMAND_READING_H
#define SB_CLIENTS_COMMAND_READING_H

#include "clients/command/command.h"
#include "clients/lib/samenbus.h"
#include "proto/body.h"

enum { SB_READING_LISTS_MAX = 64 /* topics, origins, types */ };

/* Where --from begins: printing starts with this event. */
struct sb_reading_place {
    bool given, reached;
    struct sb_org origin;
    struct sb_epoch epoch;
    unsigned digits;
    uint64_t seq;
};

struct sb_reading_filters {
    const char *topics[SB_READING_LISTS_MAX];
    char topic_texts[SB_READING_LISTS_MAX][SB_TOPIC_MAX + 2];
    size_t n_topics;
    struct sb_org origins[SB_READING_LISTS_MAX];
    size_t n_origins;
    enum sb_content types[SB_READING_LISTS_MAX];
    size_t n_types;
};

/* Is there a class that the first `n` bytes name? Else a complaint, with the nearest. */
bool sb_reading_names_class(const struct sb_args *args, const char *flag, const char *text,
                            size_t n);
/* --topic, --class, --origin, --type: as often as given. False after a complaint. */
bool sb_reading_filters(const struct sb_args *args, struct sb_reading_filters *out);
/* Says on stderr which of the organisations this daemon knows nothing of, with the nearest that it
 * knows; what they publish later comes nevertheless. */
void sb_reading_name_strangers(const struct sb_reading_filters *filters,
                               const struct sb_status *status);
/* --since and --from. False after a complaint. */
bool sb_reading_since(const struct sb_args *args, struct sb_time *out);
bool sb_reading_from(const struct sb_args *args, struct sb_reading_place *out);
/* Is it that place? */
bool sb_reading_is_place(const struct sb_reading_place *place, const struct sb_link *link);
/* Is its type among those asked for? */
bool sb_reading_has_type(const struct sb_reading_filters *filters,
                         const struct sb_delivered *event);

#endif
