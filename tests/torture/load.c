/* One client of one daemon that dies all the time: publishes without end, reads everything, and
 * keeps the ledger. `load CLIENT.yaml FOLDER PER_SECOND ORG ORG` (the two,
 * in order, that every fourth event is for); until SIGTERM it publishes and reads,
 * then it waits for the results of what is under way and makes FOLDER/quiet; until SIGUSR1 it
 * reads, then to the end and stops.
 *
 *   FOLDER/ledger   "ORIGIN EPOCH SEQ ID" of each acknowledgement, synced before the next wait
 *   FOLDER/read     the same of each event that was read, in the order of reading
 *   FOLDER/cursor   the place of the reader, synced and renamed: what is before it is done with
 *
 * It holds in memory what the cursor file covers and complains on stderr of each event that is
 * delivered all the same. The last line on stdout has its counts. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clients/command/measure.h"
#include "clients/lib/samenbus.h"
#include "tests/torture/covered.h"

enum {
    WINDOW = 16,
    PAYLOAD = 100,
    CONNECT_MS = 300,
    TURN_MS = 20,
    PATH_BYTES = 4096,
    READS_PER_TURN = 512,
};

struct slot {
    struct sb_uuid id;
    bool used, sent; /* has an id that is not acknowledged; given to this publisher */
};

struct load {
    const char *config, *folder;
    FILE *ledger, *read;
    struct sb_client *client;
    struct sb_publisher *publisher;
    struct sb_subscription *subscription;
    struct slot slots[WINDOW];
    unsigned order[WINDOW * 4]; /* slot of each number that was put, in a ring */
    struct sb_submission event;
    uint8_t *stamp;
    struct sb_org audience[2]; /* ourselves and the one named */
    char *cursor;
    struct covered covered, fresh; /* by the cursor file; read since */
    int64_t next_us, gap_us;
    bool quiet;
    uint64_t acknowledged, refused, delivered, again, connects;
};

static volatile sig_atomic_t stop_publishing, stop_reading;

static void on_signal(int number)
{
    stop_publishing = 1;
    stop_reading = stop_reading || number == SIGUSR1;
}

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static FILE *open_file(const struct load *l, const char *name)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", l->folder, name);
    FILE *f = fopen(path, "a");
    if (f == NULL) {
        perror(path);
        exit(1);
    }
    return f;
}

static void write_line(FILE *to, const struct sb_org *origin, const char *epoch, struct sb_seq seq,
                       const struct sb_uuid *id)
{
    char text[SB_UUID_TEXT_MAX];
    sb_uuid_format(text, id);
    fprintf(to, "%s %s %" PRIu64 " %s\n", origin->s, epoch, seq.n, text);
}

/* ---- publishing */

static void on_result(void *context, const struct sb_published *p)
{
    struct load *l = context;
    struct slot *slot = &l->slots[l->order[p->number % (WINDOW * 4)]];
    slot->sent = false;
    if (p->result.code == SB_CODE_OK) {
        write_line(l->ledger, &p->origin, p->result.epoch, p->result.seq, &p->id);
        l->acknowledged++;
        slot->used = false;
    } else if (p->result.code != SB_CODE_UNKNOWN_OUTCOME && l->refused++ < 20) {
        fprintf(stderr, "refused: %s: %s\n", sb_code_name(p->result.code), p->result.text);
    }
}

/* What was published before and has no answer goes again with its id, and the same content. */
static bool put_slot(struct load *l, unsigned i, uint64_t *number)
{
    struct slot *slot = &l->slots[i];
    struct sb_err err = {0};
    if (!slot->used) {
        slot->id = sb_measure_id();
        slot->used = true;
    }
    memcpy(l->stamp, slot->id.b, sizeof slot->id.b);
    l->event.id = slot->id;
    l->event.audience.n = slot->id.b[15] % 4 == 0 ? 2 : 0; /* every fourth is for two only */
    l->order[*number % (WINDOW * 4)] = i;
    slot->sent = true;
    ++*number;
    return sb_publisher_put(l->publisher, &l->event, &err) == SB_OK;
}

static void publish_due(struct load *l, uint64_t *number)
{
    for (unsigned i = 0; i < WINDOW; i++) {
        bool fresh = !l->slots[i].used;
        if (l->slots[i].sent || (fresh && (stop_publishing || now_us() < l->next_us))) {
            continue;
        }
        if (fresh) {
            int64_t least =
                now_us() - WINDOW * l->gap_us; /* what was not possible is not made up */
            l->next_us = (l->next_us < least ? least : l->next_us) + l->gap_us;
        }
        if (!put_slot(l, i, number)) {
            return;
        }
    }
}

static bool nothing_under_way(const struct load *l)
{
    for (unsigned i = 0; i < WINDOW; i++) {
        if (l->slots[i].used) {
            return false;
        }
    }
    return true;
}

/* Tells who waits for it that after SIGTERM everything was answered. */
static void tell_quiet(struct load *l)
{
    if (stop_publishing && !l->quiet && nothing_under_way(l)) {
        fclose(open_file(l, "quiet"));
        l->quiet = true;
    }
}

/* ---- reading */

/* After this every event read so far is done with, whatever happens to whom. */
static void keep_cursor(struct load *l)
{
    char path[PATH_BYTES], fresh[PATH_BYTES];
    char *text = sb_subscription_cursor(l->subscription);
    snprintf(path, sizeof path, "%s/cursor", l->folder);
    snprintf(fresh, sizeof fresh, "%s/cursor.new", l->folder);
    FILE *f = text == NULL ? NULL : fopen(fresh, "w");
    if (f == NULL || fputs(text, f) < 0 || fflush(f) != 0 || fsync(fileno(f)) != 0 ||
        fclose(f) != 0 || rename(fresh, path) != 0) {
        perror(path);
        exit(1);
    }
    free(l->cursor);
    l->cursor = text;
    covered_move(&l->covered, &l->fresh);
}

static void take_event(struct load *l, const struct sb_delivered *e)
{
    const struct sb_link *link = &e->item.link;
    if (covered_has(&l->covered, &link->origin, link->epoch, link->seq) ||
        !covered_add(&l->fresh, &link->origin, link->epoch, link->seq)) {
        if (l->again++ < 20) {
            fprintf(stderr, "delivered again: %s %s %" PRIu64 "\n", link->origin.s, e->epoch,
                    link->seq.n);
        }
        return;
    }
    l->delivered++;
    if (link->kind != SB_KIND_SYSTEM) {
        write_line(l->read, &link->origin, e->epoch, link->seq, &link->id);
    }
}

/* SB_E_NOTFOUND: the end. */
static enum sb_rc read_due(struct load *l, int timeout_ms)
{
    const struct sb_delivered *event;
    struct sb_err err = {0};
    enum sb_rc rc = SB_OK;
    unsigned n = 0;
    for (; rc == SB_OK && n < READS_PER_TURN; n++) {
        rc = sb_subscription_next(l->subscription, &event, timeout_ms, &err);
        if (rc == SB_OK) {
            take_event(l, event);
        }
    }
    if (n > 1 || rc == SB_E_NOTFOUND) {
        keep_cursor(l);
    }
    return rc;
}

/* ---- one connection */

static void hang_up(struct load *l)
{
    sb_subscription_free(l->subscription);
    sb_publisher_free(l->publisher);
    sb_client_close(l->client);
    l->subscription = NULL;
    l->publisher = NULL;
    l->client = NULL;
    covered_clear(&l->fresh); /* not covered by the cursor: it may come again */
}

static bool call(struct load *l, bool follow)
{
    struct sb_err err = {0};
    struct sb_publisher_options p = {.window = WINDOW * 2, .on_result = on_result, .context = l};
    struct sb_subscription_options s = {
        .from_offset = {l->cursor == NULL}, .cursor = l->cursor, .follow = follow, .system = true};
    for (unsigned i = 0; i < WINDOW; i++) {
        l->slots[i].sent = false;
    }
    return sb_client_open(&l->client, l->config, stderr, &err) == SB_OK &&
           sb_client_connect(l->client, CONNECT_MS, &err) == SB_OK &&
           sb_publisher_new(&l->publisher, l->client, &p, &err) == SB_OK &&
           sb_subscription_new(&l->subscription, l->client, &s, &err) == SB_OK;
}

static void talk(struct load *l)
{
    uint64_t number = 0;
    struct sb_err err = {0};
    l->connects++;
    while (sb_client_connected(l->client) && !stop_reading) {
        publish_due(l, &number);
        if (sb_client_wait(l->client, -1, TURN_MS, &err) != SB_OK) {
            return;
        }
        (void)read_due(l, 0);
        if (fflush(l->ledger) != 0 || fdatasync(fileno(l->ledger)) != 0) {
            perror("ledger");
            exit(1);
        }
        tell_quiet(l); /* behind the ledger's last line */
    }
}

/* To the end that the log has now, over a few connections if need be. */
static bool read_rest(struct load *l)
{
    enum { PATIENCE_MS = 5000, TRIES = 20 };
    enum sb_rc rc = SB_E_AGAIN;
    for (int i = 0; i < TRIES && rc != SB_E_NOTFOUND; i++) {
        hang_up(l);
        rc = call(l, false) ? SB_OK : SB_E_AGAIN;
        while (rc == SB_OK) {
            rc = read_due(l, PATIENCE_MS);
        }
    }
    return rc == SB_E_NOTFOUND;
}

int main(int argc, char **argv)
{
    static struct load l;
    if (argc != 6 || !sb_org_parse(&l.audience[0], argv[4], strlen(argv[4])) ||
        !sb_org_parse(&l.audience[1], argv[5], strlen(argv[5]))) {
        fputs("usage: load CLIENT.yaml FOLDER PER_SECOND ORG ORG\n", stderr);
        return 64;
    }
    l.config = argv[1];
    l.folder = argv[2];
    l.gap_us = 1000000 / (int64_t)strtoul(argv[3], NULL, 10);
    l.ledger = open_file(&l, "ledger");
    l.read = open_file(&l, "read");
    if (!sb_measure_event(&l.event, PAYLOAD, &l.stamp)) {
        return 1;
    }
    memset(l.stamp, 'x', PAYLOAD);
    l.event.audience.orgs = l.audience;
    signal(SIGTERM, on_signal);
    signal(SIGUSR1, on_signal);
    while (!stop_reading) {
        if (call(&l, true)) {
            talk(&l);
        }
        hang_up(&l);
    }
    bool read_all = read_rest(&l);
    hang_up(&l);
    fclose(l.read);
    bool all = nothing_under_way(&l);
    printf("{\"acknowledged\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"delivered\":%" PRIu64
           ",\"again\":%" PRIu64 ",\"connects\":%" PRIu64 ",\"answered\":%s,\"readAll\":%s}\n",
           l.acknowledged, l.refused, l.delivered, l.again, l.connects, all ? "true" : "false",
           read_all ? "true" : "false");
    return 0;
}
