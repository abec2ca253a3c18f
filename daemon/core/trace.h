/* Every decision of the core has an id that is counted when it is taken. The simulator sums the
 * counts over its seeds: an id that no seed reaches fails the test, for an unreached decision is an
 * untested one. How they can be taken wrongly on purpose is in plant.h. */
#ifndef SB_CORE_TRACE_H
#define SB_CORE_TRACE_H

#include <stdint.h>

#define SB_TRACES(X)                                                                               \
    X(PUBLISH_STAGED)                                                                              \
    X(PUBLISH_INVALID)                                                                             \
    X(PUBLISH_NOT_ALLOWED)                                                                         \
    X(PUBLISH_TOO_OFTEN)                                                                           \
    X(PUBLISH_UNKNOWN_AUDIENCE)                                                                    \
    X(PUBLISH_DUPLICATE_STORED)                                                                    \
    X(PUBLISH_DUPLICATE_STAGED)                                                                    \
    X(PUBLISH_CONFLICT)                                                                            \
    X(ERASE_STAGED)                                                                                \
    X(ERASE_AGAIN)                                                                                 \
    X(ERASE_DEFERRED)                                                                              \
    X(ERASE_REFUSED)                                                                               \
    X(ERASURE_TAKEN)                                                                               \
    X(ERASURE_IGNORED)                                                                             \
    X(RECEIPT_STAGED)                                                                              \
    X(ERASURES_KNOWN)                                                                              \
    X(ERASURES_UNKNOWN)                                                                            \
    X(SEGMENT_ERASED_BODY)                                                                         \
    X(PUBLISH_HELD)                                                                                \
    X(PUBLISH_HELD_TOO_LONG)                                                                       \
    X(PUBLISH_FULL)                                                                                \
    X(PUBLISH_QUOTA)                                                                               \
    X(PUBLISH_STOPPING)                                                                            \
    X(PUBLISH_BATCH_FULL)                                                                          \
    X(PUBLISH_REMOTE_IMPOSSIBLE)                                                                   \
    X(PUBLISH_NO_EFFECT)                                                                           \
    X(REMOTE_ACKED)                                                                                \
    X(REMOTE_TIMED_OUT)                                                                            \
    X(EPOCH_OPENED)                                                                                \
    X(EPOCH_CLOSED_IDLE)                                                                           \
    X(EPOCH_CLOSED_CLOCK)                                                                          \
    X(EPOCH_CLOSED_FOREIGN)                                                                        \
    X(COMMITTED_OWN)                                                                               \
    X(COMMIT_FAILED)                                                                               \
    X(RECOVERY_COMPLETE)                                                                           \
    X(RECOVERY_TIMED_OUT)                                                                          \
    X(SEGMENT_APPENDED)                                                                            \
    X(SEGMENT_STARTS_EPOCH)                                                                        \
    X(SEGMENT_HELD)                                                                                \
    X(SEGMENT_AGAIN)                                                                               \
    X(SEGMENT_GAP)                                                                                 \
    X(FORK_LOADED)                                                                                 \
    X(SEGMENT_FORK)                                                                                \
    X(SEGMENT_QUOTA)                                                                               \
    X(SEGMENT_SLOWED)                                                                              \
    X(SEGMENT_MISSING_BODY)                                                                        \
    X(SEGMENT_FULL)                                                                                \
    X(SEGMENT_PARENT_MISSING)                                                                      \
    X(SECOND_INSTANCE)                                                                             \
    X(BODIES_STORED)                                                                               \
    X(BODIES_AGAIN)                                                                                \
    X(BODIES_RELEASED)                                                                             \
    X(HELLO_ACCEPTED)                                                                              \
    X(HELLO_OTHER_PARTNERSHIP)                                                                     \
    X(HELLO_NEW_BOOT)                                                                              \
    X(HELLO_RETIRED_BOOT)                                                                          \
    X(BOOT_RENEWED)                                                                                \
    X(FRONTIER_FULL)                                                                               \
    X(FRONTIER_DELTA)                                                                              \
    X(FRONTIER_OLD)                                                                                \
    X(FRONTIER_UNKNOWN_BOOT)                                                                       \
    X(FRONTIER_GAP)                                                                                \
    X(FRONTIER_REST_DIFFERS)                                                                       \
    X(SUMMARY_EPOCHS)                                                                              \
    X(SUMMARY_PARTS)                                                                               \
    X(SUMMARY_GOES_ON)                                                                             \
    X(WANT_SENT)                                                                                   \
    X(WANT_BACKWARDS)                                                                              \
    X(WANT_TIMED_OUT)                                                                              \
    X(WANT_EMPTY)                                                                                  \
    X(WANT_BODIES_SENT)                                                                            \
    X(WANT_SERVED)                                                                                 \
    X(WANT_NOT_HELD)                                                                               \
    X(WANT_BODIES_SERVED)                                                                          \
    X(PEER_CATCHING_UP)                                                                            \
    X(PEER_LIVE)                                                                                   \
    X(PEER_STALLED)                                                                                \
    X(PEER_DOWN)                                                                                   \
    X(PEER_REFUSED)                                                                                \
    X(PEER_HURRIED)                                                                                \
    X(OWN_PAUSE)                                                                                   \
    X(PARTNER_JOINED)                                                                              \
    X(PARTNER_LEFT)                                                                                \
    X(SUBSCRIBED)                                                                                  \
    X(SUBSCRIPTION_REFUSED)                                                                        \
    X(SUBSCRIPTION_ENDED)                                                                          \
    X(SUBSCRIPTION_REVOKED)                                                                        \
    X(SUBSCRIPTION_BLOCKED)                                                                        \
    X(DELIVERED)                                                                                   \
    X(CONSUME_STAGED)                                                                              \
    X(CONSUME_AGAIN)                                                                               \
    X(CONSUME_REFUSED)                                                                             \
    X(CONSUMED)

enum sb_trace {
#define SB_TRACE_ENUM(name) SB_TRACE_##name,
    SB_TRACES(SB_TRACE_ENUM)
#undef SB_TRACE_ENUM
        SB_TRACE_COUNT
};

/* "PUBLISH_STAGED" */
const char *sb_trace_name(enum sb_trace id);

struct sb_core;
const uint64_t *sb_core_traces(const struct sb_core *core); /* SB_TRACE_COUNT counts */

#endif
