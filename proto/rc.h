/* Result codes. `sb_rc` says that the machine is wrong (disk, memory, network, our own
 * configuration); what another side got wrong is a verdict (`enum sb_code`), which is data. */
#ifndef SB_PROTO_RC_H
#define SB_PROTO_RC_H

enum sb_rc {
    SB_OK = 0,
    SB_E_NOMEM,       /* memory or a byte cap is exhausted */
    SB_E_IO,          /* the disk or the file system failed; never go on: exit 74 */
    SB_E_FULL,        /* disk or map is full: this transaction did not happen, the next may */
    SB_E_NOTFOUND,    /* the named thing does not exist */
    SB_E_CONFIG,      /* the configuration is wrong: exit 78 */
    SB_E_BUSY,        /* in use by another process */
    SB_E_VERSION,     /* a format that this build does not know */
    SB_E_CORRUPT,     /* bytes on disk contradict their hash or their format */
    SB_E_CHANGED,     /* the store is no longer the one that this process left behind */
    SB_E_NET,         /* sockets: bind, connect, context */
    SB_E_UNREACHABLE, /* the daemon does not answer: exit 69 */
    SB_E_TIMEOUT,     /* no answer in time; the outcome is unknown: exit 75 */
    SB_E_INPUT,       /* bytes that a user gave are not what they should be: exit 65 */
    SB_E_REFUSED,     /* the other side said no: exit 77 */
    SB_E_AGAIN,       /* nothing to do at present */
    SB_E_SIGNER,      /* the process that holds the signing key is gone or refuses: exit 1 */
};

/* Exit codes, the same for every program (sysexits where one fits). */
enum sb_exit {
    SB_EXIT_OK = 0,
    SB_EXIT_FAILURE = 1,
    SB_EXIT_USAGE = 64,
    SB_EXIT_INPUT = 65,
    SB_EXIT_UNREACHABLE = 69,
    SB_EXIT_DISK = 74,
    SB_EXIT_UNKNOWN = 75,
    SB_EXIT_REFUSED = 77,
    SB_EXIT_CONFIG = 78,
};

/* The exit code that a program ends with for `rc`. */
enum sb_exit sb_rc_exit(enum sb_rc rc);

/* A short name for logs: "full", "io". Static storage. */
const char *sb_rc_name(enum sb_rc rc);

#endif
