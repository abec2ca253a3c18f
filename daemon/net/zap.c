/* ZeroMQ RFC 27 on a REP socket, served by the daemon's own loop: an allow-list of CURVE keys.
 * Each endpoint asks under its own domain. The answer's User-Id is the key's ticket in
 * decimal; libzmq puts it on every message of that connection. */
#include "daemon/net/zap.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "daemon/net/options.h"
#include "proto/z85.h"

enum {
    /* The frames of a request, in their order. */
    VERSION,
    REQUEST_ID,
    DOMAIN_NAME,
    ADDRESS,
    ROUTING_ID,
    MECHANISM,
    CREDENTIAL,
    N_FRAMES,
    FRAME_MAX = 64, /* bytes; no frame that we read is longer */
};

struct zap_request {
    char frame[N_FRAMES][FRAME_MAX + 1];
    size_t size[N_FRAMES];
    size_t n;
};

struct verdict {
    const struct sb_net_listed *listed; /* NULL: the key is unknown */
    const char *refused;                /* why not; NULL: may come in */
};

static int compare_keys(const void *a, const void *b)
{
    const struct sb_net_identity *left = a, *right = b;
    return memcmp(left->key.b, right->key.b, sizeof left->key.b);
}

/* ---- who is listed */

static_assert(SB_NET_ZAP_TICKETS >= 2 * (2 * SB_PEERS_MAX + SB_CLIENTS_MAX),
              "places stay half empty");

static struct sb_net_ticket *place_of(struct sb_net_zap *zap, uint32_t ticket)
{
    return &zap->tickets[ticket % SB_NET_ZAP_TICKETS];
}

static uint32_t give_ticket(struct sb_net_zap *zap, uint32_t number)
{
    do {
        zap->last_ticket++;
    } while (place_of(zap, zap->last_ticket)->valid);
    *place_of(zap, zap->last_ticket) = (struct sb_net_ticket){zap->last_ticket, number, true};
    return zap->last_ticket;
}

bool sb_net_zap_holder(const struct sb_net_zap *zap, uint32_t ticket, uint32_t *number)
{
    const struct sb_net_ticket *t = &zap->tickets[ticket % SB_NET_ZAP_TICKETS];
    *number = t->number;
    return t->valid && t->ticket == ticket;
}

static struct sb_net_listed *find_key(const struct sb_net_listed *list, size_t n,
                                      const struct sb_net_identity *wanted)
{
    return n == 0 ? NULL : bsearch(wanted, list, n, sizeof *list, compare_keys);
}

/* Who is listed no more gives its ticket back. */
static void take_tickets(struct sb_net_zap *zap, const struct sb_net_listed *list, size_t n,
                         struct sb_net_zap_lost *lost)
{
    for (size_t i = 0; i < zap->n_identities; i++) {
        const struct sb_net_listed *old = &zap->identities[i];
        const struct sb_net_listed *now = find_key(list, n, &old->identity);
        bool stays = now != NULL && now->identity.number == old->identity.number;
        if (!stays) {
            place_of(zap, old->ticket)->valid = false;
            lost->keys = true;
        }
        lost->followers |= old->identity.may_follow && !(stays && now->identity.may_follow);
    }
}

static void hand_out_tickets(struct sb_net_zap *zap, struct sb_net_listed *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct sb_net_listed *old =
            find_key(zap->identities, zap->n_identities, &list[i].identity);
        bool stays = old != NULL && old->identity.number == list[i].identity.number;
        list[i].ticket = stays ? old->ticket : give_ticket(zap, list[i].identity.number);
    }
}

static void drop_list(struct sb_net_zap *zap)
{
    if (zap->identities != NULL) {
        explicit_bzero(zap->identities, zap->n_identities * sizeof *zap->identities);
        free(zap->identities);
    }
}

enum sb_rc sb_net_zap_change(struct sb_net_zap *zap, const struct sb_net_options *o,
                             struct sb_net_zap_lost *lost, struct sb_err *err)
{
    struct sb_net_listed *list = calloc(o->n_identities + 1, sizeof *list);
    if (list == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for %zu keys", o->n_identities);
    }
    for (size_t i = 0; i < o->n_identities; i++) {
        list[i].identity = o->identities[i];
    }
    qsort(list, o->n_identities, sizeof *list, compare_keys);
    *lost = (struct sb_net_zap_lost){false, false};
    take_tickets(zap, list, o->n_identities, lost);
    hand_out_tickets(zap, list, o->n_identities);
    drop_list(zap);
    zap->identities = list;
    zap->n_identities = o->n_identities;
    return SB_OK;
}

enum sb_rc sb_net_zap_open(struct sb_net_zap *zap, void *context, const struct sb_net_options *o,
                           struct sb_err *err)
{
    struct sb_net_zap_lost nothing;
    zap->source = (struct sb_net_source){.kind = SB_NET_SOURCE_ZAP};
    enum sb_rc rc = sb_net_zap_change(zap, o, &nothing, err);
    if (rc != SB_OK) {
        return rc;
    }
    zap->source.socket = sb_net_options_inside(context, ZMQ_REP, err);
    if (zap->source.socket == NULL) {
        return SB_E_NET;
    }
    if (zmq_bind(zap->source.socket, "inproc://zeromq.zap.01") != 0) {
        return sb_err_set(err, SB_E_NET, "start the authenticator: %s", zmq_strerror(errno));
    }
    return SB_OK;
}

void sb_net_zap_close(struct sb_net_zap *zap)
{
    if (zap->source.socket != NULL) {
        zmq_close(zap->source.socket);
    }
    drop_list(zap);
}

/* One request with all its frames; false: none (errno is EAGAIN) or the socket failed. */
static bool read_request(void *socket, struct zap_request *request)
{
    memset(request, 0, sizeof *request); /* what is not sent reads as nothing */
    for (int more = 1; more != 0; request->n++) {
        char spare[1];
        bool kept = request->n < N_FRAMES;
        int n = zmq_recv(socket, kept ? request->frame[request->n] : spare,
                         kept ? FRAME_MAX : sizeof spare, ZMQ_DONTWAIT);
        if (n < 0) {
            return false;
        }
        if (kept) {
            request->size[request->n] = n < FRAME_MAX ? (size_t)n : FRAME_MAX;
        }
        size_t size = sizeof more;
        if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) != 0) {
            return false;
        }
    }
    return true;
}

static struct verdict judge(const struct sb_net_zap *zap, const struct zap_request *request)
{
    struct sb_net_identity wanted = {0};
    if (request->n != N_FRAMES || strcmp(request->frame[MECHANISM], "CURVE") != 0 ||
        request->size[CREDENTIAL] != sizeof wanted.key.b) {
        return (struct verdict){.refused = "no CURVE key"};
    }
    memcpy(wanted.key.b, request->frame[CREDENTIAL], sizeof wanted.key.b);
    const struct sb_net_listed *found = find_key(zap->identities, zap->n_identities, &wanted);
    if (found == NULL) {
        return (struct verdict){.refused = "the key of no peer and no client"};
    }
    if (strcmp(request->frame[DOMAIN_NAME], SB_NET_DOMAIN_SERVICE) == 0) {
        return (struct verdict){.listed = found};
    }
    bool follows = strcmp(request->frame[DOMAIN_NAME], SB_NET_DOMAIN_PUBLISH) == 0;
    return (struct verdict){.listed = found,
                            .refused = follows && found->identity.may_follow
                                           ? NULL
                                           : "a key that may not read everything open"};
}

/* A request is always answered, otherwise REP would never give the next one. */
static bool answer(void *socket, const struct zap_request *request, const struct verdict *verdict)
{
    char user_id[16] = "";
    bool ok = verdict->refused == NULL;
    if (ok) {
        (void)snprintf(user_id, sizeof user_id, "%u", (unsigned)verdict->listed->ticket);
    }
    const char *status = ok ? "200" : "400", *text = ok ? "OK" : "refused";
    return zmq_send(socket, "1.0", 3, ZMQ_SNDMORE) >= 0 &&
           zmq_send(socket, request->frame[REQUEST_ID], request->size[REQUEST_ID], ZMQ_SNDMORE) >=
               0 &&
           zmq_send(socket, status, 3, ZMQ_SNDMORE) >= 0 &&
           zmq_send(socket, text, strlen(text), ZMQ_SNDMORE) >= 0 &&
           zmq_send(socket, user_id, strlen(user_id), ZMQ_SNDMORE) >= 0 &&
           zmq_send(socket, "", 0, 0) >= 0;
}

static void note_refusal(struct sb_net_zap *zap, const struct zap_request *request,
                         const struct verdict *verdict)
{
    if (zap->n_notices == SB_NET_ZAP_NOTICES) {
        zap->n_untold++;
        return;
    }
    struct sb_net_message *m = &zap->notices[zap->n_notices++];
    *m = (struct sb_net_message){.event = SB_NET_DENIED};
    m->identity = verdict->listed != NULL ? verdict->listed->identity.number : 0;
    char key[SB_Z85_KEY_CHARS + 1] = "none";
    if (request->n == N_FRAMES && request->size[CREDENTIAL] == sizeof(struct sb_curve_key)) {
        sb_z85_encode(key, (const uint8_t *)request->frame[CREDENTIAL],
                      sizeof(struct sb_curve_key));
    }
    const char *address = request->n > ADDRESS ? request->frame[ADDRESS] : "unknown";
    bool follows = strcmp(request->frame[DOMAIN_NAME], SB_NET_DOMAIN_PUBLISH) == 0;
    /* On ipc the address is "localhost:user:group:process". */
    (void)snprintf(m->text, sizeof m->text, "%.45s at the %s endpoint with %s: %s", address,
                   follows ? "publish" : "service", key, verdict->refused);
}

enum sb_rc sb_net_zap_serve(struct sb_net_zap *zap, struct sb_err *err)
{
    struct zap_request request;
    while (read_request(zap->source.socket, &request)) {
        struct verdict verdict = judge(zap, &request);
        if (!answer(zap->source.socket, &request, &verdict)) {
            return sb_err_set(err, SB_E_NET, "the authenticator failed: %s", zmq_strerror(errno));
        }
        if (verdict.refused != NULL) {
            note_refusal(zap, &request, &verdict);
        }
    }
    if (errno != EAGAIN && errno != EINTR) {
        return sb_err_set(err, SB_E_NET, "the authenticator failed: %s", zmq_strerror(errno));
    }
    return SB_OK;
}

size_t sb_net_zap_tell(struct sb_net_zap *zap, struct sb_net_message *out, size_t max)
{
    size_t n = zap->n_notices < max ? zap->n_notices : max;
    memcpy(out, zap->notices, n * sizeof *out);
    memmove(zap->notices, zap->notices + n, (zap->n_notices - n) * sizeof *out);
    zap->n_notices -= n;
    if (zap->n_untold > 0 && zap->n_notices < SB_NET_ZAP_NOTICES) {
        struct sb_net_message *m = &zap->notices[zap->n_notices++];
        *m = (struct sb_net_message){.event = SB_NET_DENIED};
        (void)snprintf(m->text, sizeof m->text, "%llu more refusals, not told one by one",
                       (unsigned long long)zap->n_untold);
        zap->n_untold = 0;
    }
    return n;
}
