/* Plants: bugs switched on by name, so that the simulator proves that it would find them. Only in
 * test builds; the release build has no way to switch one on. Each is tried by a line of
 * tests/sim/plants.cmake. */
#ifndef SB_CORE_PLANT_H
#define SB_CORE_PLANT_H

#include <stdbool.h>

#include "daemon/core/trace.h"

#define SB_PLANTS(X)                                                                               \
    X(ACK_BEFORE_COMMIT)                                                                           \
    X(ACK_ON_FAILED_COMMIT)                                                                        \
    X(KEEP_STAGED_ON_FAILURE)                                                                      \
    X(ID_ONLY_IN_STORE)                                                                            \
    X(ID_NEVER)                                                                                    \
    X(REUSE_EPOCH)                                                                                 \
    X(SKIP_PREV_CHECK)                                                                             \
    X(DROP_BRANCH)                                                                                 \
    X(NO_FORK_ALARM)                                                                               \
    X(BROADCAST_RESTRICTED)                                                                        \
    X(SERVE_RESTRICTED)                                                                            \
    X(TRUST_SUMMARY)                                                                               \
    X(FORGET_WANT)                                                                                 \
    X(IGNORE_FRONTIER)                                                                             \
    X(SHOW_FOUR_ORIGINS)                                                                           \
    X(LATE_GREETING_COUNTS)                                                                        \
    X(GREET_ANY_PARTNERSHIP)                                                                       \
    X(NEW_BOOT_KEEPS_COUNTER)                                                                      \
    X(RETIRED_BOOT_RETURNS)                                                                        \
    X(DELTA_AS_FULL)                                                                               \
    X(OLD_FRONTIER)                                                                                \
    X(FRONTIER_ANY_BOOT)                                                                           \
    X(IGNORE_REST)                                                                                 \
    X(REST_WITHOUT_HEADS)                                                                          \
    X(IGNORE_PARTS)                                                                                \
    X(FIRST_LIST_ALONE)                                                                            \
    X(SILENCE_FORGOTTEN)                                                                           \
    X(NEVER_BACKWARDS)                                                                             \
    X(EMPTY_NEVER_WAITS)                                                                           \
    X(PAUSE_EPOCH)                                                                                 \
    X(SILENT_LOOKS_LIVE)                                                                           \
    X(OWN_PAUSE_ACCUSES)                                                                           \
    X(DEAF_FOR_OUR_PAUSE)                                                                          \
    X(DOWN_LOOKS_LIVE)                                                                             \
    X(REFUSED_LOOKS_CONNECTING)                                                                    \
    X(DELIVER_DEFERRED)                                                                            \
    X(CURSOR_SKIPS)                                                                                \
    X(WAIT_FOR_PARTNERS)                                                                           \
    X(REFUSE_AFTER_STAGING)                                                                        \
    X(PUBLISH_WITHOUT_EFFECT)                                                                      \
    X(VIEW_SKIPS_NEIGHBOUR)                                                                        \
    X(VIEW_FORGETS_PAST)                                                                           \
    X(RENEW_WITHOUT_NEWS)                                                                          \
    X(REMOTE_COUNTS_UNSEEN)                                                                        \
    X(BRANCH_IGNORES_BASE)                                                                         \
    X(IDLE_KEEPS_EPOCH)                                                                            \
    X(CLOCK_KEEPS_EPOCH)                                                                           \
    X(TAKE_HELD_AGAIN)                                                                             \
    X(DEFER_FOREVER)                                                                               \
    X(TAKE_OVER_GAP)                                                                               \
    X(IGNORE_RATE)                                                                                 \
    X(IGNORE_QUOTA)                                                                                \
    X(FULL_FOREVER)                                                                                \
    X(BODIES_BESIDE_SEGMENT)                                                                       \
    X(UNSUBSCRIBE_ALL)                                                                             \
    X(BLOCKED_IS_SENT)                                                                             \
    X(LEFT_STAYS)                                                                                  \
    X(ASKED_ONCE)                                                                                  \
    X(JOINED_UNASKED)                                                                              \
    X(REVOKED_READS_ON)                                                                            \
    X(TRUST_RELAY)                                                                                 \
    X(FORK_CUTS_BASE)                                                                              \
    X(CONSUMED_BEFORE_COMMIT)                                                                      \
    X(CONSUMED_ON_FAILED_COMMIT)                                                                   \
    X(CONSUMER_KEPT_ON_FAILURE)                                                                    \
    X(CURSOR_GOES_BACK)                                                                            \
    X(LAST_WORD_ONCE)                                                                              \
    X(ANEW_UNDONE)                                                                                 \
    X(ANEW_READS_ON)                                                                               \
    X(TAKE_ERASED)                                                                                 \
    X(ERASE_FOR_OTHERS)                                                                            \
    X(LATE_BODY_SAYS_NOTHING)                                                                      \
    X(RECEIPT_BEFORE_COMPACTION)                                                                   \
    X(SHOW_BEFORE_ASKING)                                                                          \
    X(ASK_FOR_EVER)                                                                                \
    X(EMBARGO_EARLY)                                                                               \
    X(EMBARGO_BELIEVES_CLOCK)                                                                      \
    X(EMBARGO_FORGOTTEN)                                                                           \
    X(EMBARGO_KEPT)                                                                                \
    X(PLACES_KEPT)                                                                                 \
    X(PLACES_UNSHARED)                                                                             \
    X(IGNORE_INTAKE)                                                                               \
    X(BROADCAST_UNCERTIFIED)                                                                       \
    X(REKEY_TAKES_MORE)                                                                            \
    X(REKEY_KEEPS_MORE)                                                                            \
    X(REKEY_SHOWS_MORE)                                                                            \
    X(REKEY_KEEPS_FORK)                                                                            \
    X(REKEY_TAKES_FORK)                                                                            \
    X(REKEY_KEEPS_END)                                                                             \
    X(RELOAD_FORGETS_REKEYS)

enum sb_plant {
    SB_PLANT_NONE,
#define SB_PLANT_ENUM(name) SB_PLANT_##name,
    SB_PLANTS(SB_PLANT_ENUM)
#undef SB_PLANT_ENUM
        SB_PLANT_COUNT
};

const char *sb_plant_name(enum sb_plant plant); /* "ACK_BEFORE_COMMIT" */

/* The plant of this process; SB_PLANT_NONE for ever in release builds. */
#ifdef SAMENBUS_TEST_BUILD
void sb_plant_set(enum sb_plant plant);
bool sb_planted(enum sb_plant plant);
/* The plainest bug of a decision: it is taken, and everything that the step wanted done is
 * forgotten. SB_TRACE_COUNT: none. */
void sb_plant_forget(enum sb_trace decision);
enum sb_trace sb_forgotten(void);
#else
static inline enum sb_trace sb_forgotten(void)
{
    return SB_TRACE_COUNT;
}

static inline bool sb_planted(enum sb_plant plant)
{
    (void)plant;
    return false;
}
#endif

#endif
