/* What is secret: an agenda item that stays with its origin (PROTOCOL §15.2). */
#ifndef SB_PROTO_SECRECY_H
#define SB_PROTO_SECRECY_H

#include <stdbool.h>

#include "proto/bytes.h"

/* Is this submission, which has passed its checks, an agenda item with disclosure secret? */
bool sb_secrecy_imposed(struct sb_bytes submission);

#endif
