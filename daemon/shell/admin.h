/* Orders of administrators on their way through a node: they come in a turn and are carried out
 * between two, by whoever runs the node; the answer leaves with the next. */
#ifndef SB_SHELL_ADMIN_H
#define SB_SHELL_ADMIN_H

#include "daemon/shell/node.h"
#include "proto/admin.h"

enum { SB_ADMIN_WAITING_MAX = 8 };

struct sb_admin_request {
    uint32_t session, request;
    char client[SB_NAME_MAX + 1]; /* its name */
    struct sb_admin order;
};

struct sb_admin_answer {
    uint32_t session, request;
    enum sb_admin_outcome outcome;
    char *text; /* owned */
};

struct sb_admin_desk {
    struct sb_admin_request requests[SB_ADMIN_WAITING_MAX];
    size_t n_requests;
    struct sb_admin_answer answers[SB_ADMIN_WAITING_MAX];
    size_t n_answers;
};

/* The next order to be carried out, before the next turn; false: there is none. */
bool sb_node_admin_next(struct sb_node *node, struct sb_admin_request *out);
/* What came of it, in words, which are copied. One for each order. */
void sb_node_admin_answer(struct sb_node *node, const struct sb_admin_request *request,
                          enum sb_admin_outcome outcome, const char *text);

/* In a turn: sends what was answered. */
void sb_admin_step(struct sb_node *node);
void sb_admin_fini(struct sb_admin_desk *desk);

#endif
