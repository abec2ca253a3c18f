/* Places where a test may end the process, as a power cut would: SAMENBUS_FAILPOINT=name[:n] ends
 * it at the n-th passage (the first, without n). SAMENBUS_HOLD=name:FILE holds its thread up there
 * as long as FILE is there, as a disk that stalls would; threads of the network go on. They stand
 * before and after every durable step.
 * The release build has none of them; `samenbusd --failpoints` lists those of a test build. */
#ifndef SB_PROTO_FAILPOINT_H
#define SB_PROTO_FAILPOINT_H

#include <stddef.h>

#define SB_FAILPOINTS(X)                                                                           \
    /* opening a store */                                                                          \
    X(BEFORE_STORE_FOLDER)                                                                         \
    X(AFTER_STORE_FOLDER)                                                                          \
    X(BEFORE_STORE_LOCK)                                                                           \
    X(AFTER_STORE_LOCK)                                                                            \
    X(BEFORE_STORE_FILE)                                                                           \
    X(AFTER_STORE_FILE)                                                                            \
    X(BEFORE_STORE_TREES)                                                                          \
    X(AFTER_STORE_TREES)                                                                           \
    X(BEFORE_STORE_RENAME)                                                                         \
    X(AFTER_STORE_RENAME)                                                                          \
    X(AFTER_STORE_SYNC)                                                                            \
    X(BEFORE_ORIGIN)                                                                               \
    X(AFTER_ORIGIN)                                                                                \
    /* opening the rest of a daemon */                                                             \
    X(AFTER_OPEN_STORE)                                                                            \
    X(AFTER_OPEN_NODE)                                                                             \
    X(AFTER_OPEN_SOCKETS)                                                                          \
    X(AFTER_READY)                                                                                 \
    /* a turn and its transaction */                                                               \
    X(BEFORE_BEGIN)                                                                                \
    X(AFTER_BEGIN)                                                                                 \
    X(BEFORE_EPOCH)                                                                                \
    X(AFTER_EPOCH)                                                                                 \
    X(BEFORE_PUT_EVENT)                                                                            \
    X(AFTER_PUT_EVENT)                                                                             \
    X(AFTER_PUT_BODY)                                                                              \
    X(AFTER_PUT_RELEASE)                                                                           \
    X(AFTER_STAGE)                                                                                 \
    X(BEFORE_SEAL)                                                                                 \
    X(AFTER_SEAL)                                                                                  \
    X(AFTER_PUT_CHAIN)                                                                             \
    X(AFTER_PUT_CONSUMER)                                                                          \
    X(BEFORE_COMMIT)                                                                               \
    X(BEFORE_STORE_COMMIT)                                                                         \
    X(AFTER_STORE_COMMIT)                                                                          \
    X(AFTER_COMMIT)                                                                                \
    X(AFTER_ACK_STEP)                                                                              \
    X(BEFORE_FLUSH)                                                                                \
    X(BEFORE_SEND)                                                                                 \
    X(BETWEEN_SENDS)                                                                               \
    X(AFTER_SEND)                                                                                  \
    /* erasing, and the file that takes the store's place */                                       \
    X(BEFORE_ERASE)                                                                                \
    X(AFTER_ERASE)                                                                                 \
    X(BEFORE_COMPACT)                                                                              \
    X(DURING_COMPACT)                                                                              \
    X(AFTER_COMPACT)                                                                               \
    X(AFTER_CATCH_UP)                                                                              \
    X(BEFORE_COMPACT_RENAME)                                                                       \
    X(BETWEEN_COMPACT_RENAMES)                                                                     \
    X(AFTER_COMPACT_RENAME)                                                                        \
    X(AFTER_COMPACT_SYNC)                                                                          \
    /* a repaired store, which takes the damaged one's place */                                    \
    X(BEFORE_REPAIR_RENAMES)                                                                       \
    X(BETWEEN_REPAIR_RENAMES)                                                                      \
    X(AFTER_REPAIR_RENAME)                                                                         \
    /* the event log and stopping */                                                               \
    X(BEFORE_EVENTLOG_OPEN)                                                                        \
    X(AFTER_EVENTLOG_OPEN)                                                                         \
    X(BEFORE_EVENTLOG_WRITE)                                                                       \
    X(AFTER_EVENTLOG_WRITE)                                                                        \
    X(BEFORE_EVENTLOG_POSITION)                                                                    \
    X(AFTER_EVENTLOG_POSITION)                                                                     \
    X(BEFORE_STOP)                                                                                 \
    X(AFTER_DRAINED)                                                                               \
    X(AFTER_CLOSE)                                                                                 \
    /* a reader's cursor in a file */                                                              \
    X(BEFORE_CURSOR_WRITE)                                                                         \
    X(BEFORE_CURSOR_RENAME)                                                                        \
    X(AFTER_CURSOR_RENAME)

enum sb_failpoint {
#define X(name) SB_FAIL_##name,
    SB_FAILPOINTS(X)
#undef X
        SB_FAILPOINTS_COUNT
};

#ifdef SAMENBUS_TEST_BUILD
void sb_failpoint(enum sb_failpoint at);
/* In lower case: "before_commit". Static storage. */
const char *sb_failpoint_name(enum sb_failpoint at);
#else
static inline void sb_failpoint(enum sb_failpoint at)
{
    (void)at;
}
#endif

#endif
