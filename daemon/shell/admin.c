/* Orders of administrators; see admin.h. */
#include "daemon/shell/admin.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/shell/inbox.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"

void sb_inbox_admin(struct sb_node *node, const struct sb_inbound *in)
{
    struct sb_admin_desk *desk = &node->admin;
    if (!node->clients[in->client].admin) {
        sb_people_deny(node, in->net->identity, "ADMIN", "denied: clients.admin is not set");
        sb_outbox_refuse(node, in->route, in->m->request, SB_CODE_NOT_ALLOWED,
                         "this client may not change the daemon: set `admin: true` for it in "
                         "samenbusd.yaml");
        return;
    }
    if (desk->n_requests == SB_ADMIN_WAITING_MAX) {
        sb_outbox_refuse(node, in->route, in->m->request, SB_CODE_TOO_LARGE,
                         "other orders wait to be carried out: ask again");
        return;
    }
    struct sb_admin_request *r = &desk->requests[desk->n_requests++];
    *r = (struct sb_admin_request){
        .session = in->net->session, .request = in->m->request, .order = in->m->admin};
    (void)snprintf(r->client, sizeof r->client, "%s", sb_people_name(node, in->net->identity));
}

bool sb_node_admin_next(struct sb_node *node, struct sb_admin_request *out)
{
    struct sb_admin_desk *desk = &node->admin;
    if (desk->n_requests == 0) {
        return false;
    }
    *out = desk->requests[0];
    desk->n_requests--;
    memmove(desk->requests, desk->requests + 1, desk->n_requests * sizeof *desk->requests);
    return true;
}

/* Without memory whoever asked hears nothing, and asks again. */
void sb_node_admin_answer(struct sb_node *node, const struct sb_admin_request *request,
                          enum sb_admin_outcome outcome, const char *text)
{
    struct sb_admin_desk *desk = &node->admin;
    size_t n = strlen(text);
    assert(desk->n_answers < SB_ADMIN_WAITING_MAX);
    n = n < SB_TEXT_MAX ? n : SB_TEXT_MAX; /* lines of ours: ASCII but for names */
    while (n > 0 && n < strlen(text) && ((unsigned char)text[n] & 0xc0) == 0x80) {
        n--; /* not in the midst of a character */
    }
    char *copy = strndup(text, n);
    if (copy != NULL) {
        desk->answers[desk->n_answers++] =
            (struct sb_admin_answer){request->session, request->request, outcome, copy};
    }
}

void sb_admin_step(struct sb_node *node)
{
    struct sb_admin_desk *desk = &node->admin;
    for (size_t i = 0; i < desk->n_answers; i++) {
        struct sb_admin_answer *a = &desk->answers[i];
        struct sb_message m = {.type = SB_MSG_ADMINISTERED, .request = a->request};
        m.administered = (struct sb_administered){a->outcome, a->text};
        (void)sb_outbox_answer(node, a->session, &m);
    }
    sb_admin_fini(desk);
}

void sb_admin_fini(struct sb_admin_desk *desk)
{
    for (size_t i = 0; i < desk->n_answers; i++) {
        free(desk->answers[i].text);
    }
    desk->n_answers = 0;
}
