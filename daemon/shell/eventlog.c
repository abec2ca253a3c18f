/* From the store's log to lines of a file; see eventlog.h. */
#include "daemon/shell/eventlog.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/body.h"
#include "proto/failpoint.h"
#include "proto/json.h"

enum { LINE_BYTES = SB_LINEFILE_LINE_MAX, POSITION_PATH_MAX = 4096 };

/* Every line begins so, and the offset comes before any text of others. */
static const char opening[] = "{\"origin\":\"";

/* ---- where it left off */

/* After a rotation the new file has no line yet that says where we are, and a rotation may come
 * while no daemon runs, or one that dies at once: the place always stands in a file beside it. Its
 * own last line says it better wherever there is one. */
static bool position_path(const struct sb_eventlog *log, char out[static POSITION_PATH_MAX])
{
    return snprintf(out, POSITION_PATH_MAX, "%s.position", log->file.path) < POSITION_PATH_MAX;
}

static struct sb_offset read_position(const struct sb_eventlog *log)
{
    char path[POSITION_PATH_MAX];
    struct sb_offset position = {0};
    FILE *f = position_path(log, path) ? fopen(path, "re") : NULL;
    if (f != NULL) {
        if (fscanf(f, "%" SCNu64, &position.n) != 1) {
            position.n = 0;
        }
        fclose(f);
    }
    return position;
}

/* Over the old one in one piece, so that no crash leaves half a number. */
static void write_position(struct sb_eventlog *log)
{
    char path[POSITION_PATH_MAX], text[32];
    int n = snprintf(text, sizeof text, "%020" PRIu64 "\n", log->written.n);
    sb_failpoint(SB_FAIL_BEFORE_EVENTLOG_POSITION);
    if (log->position_fd < 0 && position_path(log, path)) {
        log->position_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    }
    if (log->position_fd >= 0 && pwrite(log->position_fd, text, (size_t)n, 0) != n) {
        close(log->position_fd);
        log->position_fd = -1;
    }
    sb_failpoint(SB_FAIL_AFTER_EVENTLOG_POSITION);
}

static struct sb_offset offset_of_line(const char *line)
{
    static const char key[] = "\"offset\":";
    const char *at = strstr(line, key);
    return (struct sb_offset){at == NULL ? 0 : strtoull(at + sizeof key - 1, NULL, 10)};
}

/* ---- open and close */

enum sb_rc sb_eventlog_open(struct sb_eventlog *log, const char *path, struct sb_err *err)
{
    *log = (struct sb_eventlog){.position_fd = -1};
    sb_linefile_init(&log->file, path);
    sb_arena_init(&log->arena, 4 * LINE_BYTES);
    if (path == NULL) {
        return SB_OK;
    }
    log->slice = malloc(SB_EVENTLOG_SLICE_BYTES);
    return log->slice != NULL ? SB_OK : sb_err_set(err, SB_E_NOMEM, "event log: no memory");
}

void sb_eventlog_close(struct sb_eventlog *log)
{
    sb_linefile_close(&log->file);
    if (log->position_fd >= 0) {
        close(log->position_fd);
        log->position_fd = -1;
    }
    sb_arena_fini(&log->arena);
    free(log->slice);
    log->slice = NULL;
}

void sb_eventlog_reopen(struct sb_eventlog *log)
{
    sb_linefile_close(&log->file);
    log->failed = false;
}

/* The first time: behind the file's last line, or at the end of a store that is not as long, for
 * then it is another one or an older copy, whose end is all we can go on from. Later (a rotation, a
 * failure): behind what we wrote, which no file knows better. */
static enum sb_rc open_file(struct sb_eventlog *log, struct sb_offset last_stored,
                            struct sb_err *err)
{
    char last[LINE_BYTES];
    sb_failpoint(SB_FAIL_BEFORE_EVENTLOG_OPEN);
    enum sb_rc rc = sb_linefile_open(&log->file, opening, last, err);
    sb_failpoint(SB_FAIL_AFTER_EVENTLOG_OPEN);
    if (rc != SB_OK) {
        return rc;
    }
    bool empty = log->file.size == 0;
    if (!log->placed) {
        log->written = empty ? read_position(log) : offset_of_line(last);
        log->written = log->written.n > last_stored.n ? last_stored : log->written;
        log->placed = true;
    }
    return SB_OK;
}

/* ---- from the store to lines */

/* A partner may have signed anything: a topic or a name beyond its limit would not fit a line. */
static bool head_fits(struct sb_bytes body)
{
    struct sb_body_head head;
    return sb_body_head_read(&head, body) && head.topic.n <= SB_TOPIC_MAX &&
           head.publisher.n <= SB_NAME_MAX;
}

/* What a subscriber would be told of it. The body stays out of it, but for its topic and type; of
 * one whose topic fits no line these too. */
static enum sb_rc describe(struct sb_delivered *out, struct sb_store *store,
                           const struct sb_core *core, const struct sb_record *record,
                           struct sb_offset at, struct sb_err *err)
{
    const struct sb_link *link = &record->item.link;
    unsigned digits = sb_core_epoch_digits(core, record->origin, link->epoch);
    *out = (struct sb_delivered){.offset = at, .item = record->item, .state = record->state};
    out->forked = sb_core_branches(core, record->origin, link->epoch) > 1;
    sb_epoch_format(out->epoch, link->epoch, digits);
    const struct sb_place place = {record->origin, record->branch, link->epoch, link->seq};
    struct sb_checkpoint checkpoint = {0};
    bool told = record->state == SB_BODY_PRESENT && head_fits(record->item.body);
    enum sb_rc rc = told ? SB_OK : sb_store_checkpoint(store, &place, &checkpoint, err);
    out->item.salt = told ? out->item.salt : NULL;
    out->checkpoint_time = checkpoint.time;
    return rc == SB_E_NOTFOUND ? sb_err_set(err, SB_E_CORRUPT, "an event without checkpoint") : rc;
}

static enum sb_rc put_line(struct sb_eventlog *log, const struct sb_delivered *event,
                           struct sb_err *err)
{
    sb_arena_reset(&log->arena);
    struct sb_bytes line = sb_json_event(event, false, &log->arena);
    if (line.p == NULL || line.n + 1 > SB_EVENTLOG_SLICE_BYTES - log->n) {
        return sb_err_set(err, SB_E_NOMEM, "%s: a line of %zu bytes", log->file.path, line.n);
    }
    memcpy(log->slice + log->n, line.p, line.n);
    log->slice[log->n + line.n] = '\n';
    log->n += line.n + 1;
    return SB_OK;
}

/* A deferred event has its line where it is released, as it has in a subscription. */
static bool is_due(const struct sb_record *record, bool released)
{
    return record->item.link.kind != SB_KIND_SYSTEM && (released || !record->deferred);
}

/* Fills the slice; *to becomes the last offset that it takes care of. */
static enum sb_rc fill_slice(struct sb_eventlog *log, struct sb_store *store,
                             const struct sb_core *core, struct sb_offset *to, struct sb_err *err)
{
    log->n = 0;
    *to = log->written;
    enum sb_rc rc = sb_store_refresh(store, err);
    for (unsigned i = 0; rc == SB_OK && i < SB_EVENTLOG_SLICE_EVENTS; i++) {
        struct sb_record record;
        struct sb_offset at;
        bool released;
        rc = sb_store_next(store, (struct sb_offset){to->n + 1}, &at, &released, &record, err);
        if (rc != SB_OK || log->n + LINE_BYTES > SB_EVENTLOG_SLICE_BYTES) {
            break;
        }
        if (is_due(&record, released)) {
            struct sb_delivered event;
            rc = describe(&event, store, core, &record, at, err);
            rc = rc != SB_OK ? rc : put_line(log, &event, err);
        }
        to->n = rc == SB_OK ? at.n : to->n;
    }
    return rc == SB_E_NOTFOUND ? SB_OK : rc;
}

static enum sb_rc write_slice(struct sb_eventlog *log, struct sb_store *store,
                              const struct sb_core *core, struct sb_err *err)
{
    struct sb_offset to;
    enum sb_rc rc = fill_slice(log, store, core, &to, err);
    if (rc == SB_OK && log->n > 0) {
        sb_failpoint(SB_FAIL_BEFORE_EVENTLOG_WRITE);
        rc = sb_linefile_append(&log->file, (struct sb_bytes){(const uint8_t *)log->slice, log->n},
                                err);
        sb_failpoint(SB_FAIL_AFTER_EVENTLOG_WRITE);
    }
    if (rc == SB_OK) {
        log->written = to;
        write_position(log);
    }
    return rc;
}

static struct sb_offset last_stored(const struct sb_core *core)
{
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    sb_core_offsets(core, &last, by_class);
    return last;
}

uint64_t sb_eventlog_behind(const struct sb_eventlog *log, const struct sb_core *core)
{
    if (log->file.path == NULL || log->failed) {
        return 0;
    }
    uint64_t last = log->file.fd < 0 ? log->written.n + 1 : last_stored(core).n;
    return last > log->written.n ? last - log->written.n : 0;
}

enum sb_rc sb_eventlog_write(struct sb_eventlog *log, struct sb_store *store,
                             const struct sb_core *core, int64_t mono_ms, struct sb_err *err)
{
    if (log->failed && mono_ms >= log->retry_mono_ms) {
        sb_eventlog_reopen(log);
    }
    if (!sb_eventlog_behind(log, core)) {
        return SB_OK;
    }
    enum sb_rc rc = log->file.fd < 0 ? open_file(log, last_stored(core), err) : SB_OK;
    rc = rc != SB_OK ? rc : write_slice(log, store, core, err);
    if (rc != SB_OK) {
        log->failed = true;
        log->retry_mono_ms = mono_ms + SB_EVENTLOG_RETRY_MS;
        sb_err_wrap(err, "event log");
    }
    return rc;
}
