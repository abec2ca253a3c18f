/* Organisations in tests of nodes, and the seeds of their keys. */
#ifndef SB_TEST_NODE_NAMES_H
#define SB_TEST_NODE_NAMES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/ids.h"
#include "proto/sign.h"

static inline struct sb_org world_org(const char *text)
{
    struct sb_org org;
    assert_true(sb_org_parse(&org, text, strlen(text)));
    return org;
}

/* Every organisation signs with a seed made of its name. */
static inline struct sb_sign_seed world_seed(const char *org)
{
    struct sb_sign_seed seed = {{0}};
    memcpy(seed.b, org, strlen(org));
    return seed;
}

#endif
