/* samenbus publish, and publishing for other commands: reads events as JSON, has them published,
 * and prints a line for each in the order of the input, whichever of them was refused by whom. */
#include "clients/command/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "clients/command/line_reader.h"
#include "clients/command/talk.h"
#include "config/quantity.h"
#include "proto/json.h"

enum { ARENA_BYTES = 16 * 1024 * 1024 };

static const struct sb_flag publish_flags[] = {SB_FLAG_CONFIG, SB_FLAG_RESULTS, SB_FLAG_ACK,
                                               SB_FLAG_TIMEOUT};

/* A line that has no output yet: it waits for the daemon, or for its turn. */
struct waiting {
    struct waiting *next;
    unsigned line;
    bool local; /* found wrong here: `result` says how */
    struct sb_uuid id;
    struct sb_result result;
    char text[SB_ERR_TEXT_MAX];
};

struct publishing {
    struct sb_client *client;
    struct sb_publisher *publisher;
    struct sb_line_reader reader;
    struct sb_arena reading, printing;
    struct waiting *first, **last;
    uint64_t lines;
    struct sb_progress progress;
    const char *made; /* one more member of what is printed, or NULL */
    enum sb_code why; /* of the last that was refused */
    bool not_json, refused, unknown, unsent;
};

/* ---- output */

static void count_result(struct publishing *p, const struct sb_result *result, bool sent)
{
    if (result->code == SB_CODE_UNKNOWN_OUTCOME) {
        p->unknown |= sent;
        p->unsent |= !sent;
    } else if (result->code != SB_CODE_OK) {
        p->refused = true;
        p->why = result->code;
    }
}

static void print_result(struct publishing *p, const struct sb_org *origin,
                         const struct sb_uuid *id, const struct sb_result *result, unsigned line)
{
    sb_arena_reset(&p->printing);
    struct sb_bytes text = sb_json_result(origin, id, result, line, &p->printing);
    if (text.p != NULL) {
        bool more = p->made != NULL && result->code == SB_CODE_OK && text.p[text.n - 1] == '}';
        fwrite(text.p, 1, text.n - more, stdout);
        printf("%s%s%s\n", more ? "," : "", more ? p->made : "", more ? "}" : "");
    }
    if (result->code != SB_CODE_OK) {
        const char *what = *result->text != '\0' ? result->text : sb_code_sentence(result->code);
        sb_talk("line %u: %s: %s", line, sb_code_name(result->code), what);
    }
    sb_progress_show(&p->progress, ++p->lines, 0);
}

static void pop_first(struct publishing *p)
{
    struct waiting *w = p->first;
    p->first = w->next;
    p->last = p->first == NULL ? &p->first : p->last;
    free(w);
}

/* Lines that were wrong before they left us, up to the next one that the daemon answers. */
static void print_local(struct publishing *p)
{
    while (p->first != NULL && p->first->local) {
        struct waiting *w = p->first;
        w->result.text = w->text;
        print_result(p, NULL, &w->id, &w->result, w->line);
        pop_first(p);
    }
}

static void on_result(void *context, const struct sb_published *published)
{
    struct publishing *p = context;
    count_result(p, &published->result, published->sent);
    print_result(p, &published->origin, &published->id, &published->result, p->first->line);
    pop_first(p);
    print_local(p);
}

/* ---- input */

static struct waiting *push(struct publishing *p, unsigned line)
{
    struct waiting *w = calloc(1, sizeof *w);
    if (w != NULL) {
        w->line = line;
        *p->last = w;
        p->last = &w->next;
    }
    return w;
}

static struct sb_time wall_clock(void)
{
    struct timeval t;
    gettimeofday(&t, NULL);
    return (struct sb_time){(int64_t)t.tv_sec * 1000 + t.tv_usec / 1000};
}

static void keep_local(struct publishing *p, struct waiting *w, enum sb_code code,
                       const struct sb_uuid *id, const char *text)
{
    w->local = true;
    w->id = *id;
    w->result.code = code;
    (void)snprintf(w->text, sizeof w->text, "%s", text);
    if (p->first == w) {
        print_local(p);
    }
}

/* One object: to the daemon, or to its complaint. */
static enum sb_rc submit(struct publishing *p, const struct sb_line_record *record,
                         struct sb_err *err)
{
    struct sb_submission event = {0};
    enum sb_code code = SB_CODE_TOO_LARGE;
    struct sb_err why = {.text = "larger than any event may be"};
    struct waiting *w = push(p, record->line);
    if (w == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    if (!record->too_large) {
        sb_arena_reset(&p->reading);
        enum sb_rc rc = sb_json_read_submission(&event, &code, record->text, record->n,
                                                wall_clock(), &p->reading, &why);
        if (rc == SB_E_INPUT) {
            p->not_json = true;
        } else if (rc != SB_OK) {
            return sb_err_set(err, rc, "line %u: %s", record->line, why.text);
        }
    }
    if (code == SB_CODE_OK) {
        return sb_publisher_put(p->publisher, &event, err);
    }
    p->refused |= !p->not_json || code != SB_CODE_MALFORMED;
    keep_local(p, w, code, &event.id, why.text);
    return SB_OK;
}

/* A file, an end and an error count as there: reading tells which. */
static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) != 0;
}

/* Answers are printed while we wait for more input. */
static enum sb_rc await_input(struct publishing *p, int fd, struct sb_err *err)
{
    enum sb_rc rc = SB_OK;
    while (rc == SB_OK && sb_publisher_pending(p->publisher) > 0 && !is_readable(fd)) {
        rc = sb_client_wait(p->client, fd, -1, err);
        fflush(stdout);
    }
    return rc;
}

static enum sb_rc submit_all(struct publishing *p, int fd, struct sb_err *err)
{
    struct sb_line_record record;
    enum sb_rc rc = SB_OK;
    for (;;) {
        while (rc == SB_OK && sb_line_reader_next(&p->reader, &record)) {
            rc = submit(p, &record, err);
        }
        if (rc == SB_OK && p->reader.ended) {
            return sb_publisher_flush(p->publisher, err);
        }
        if (rc == SB_OK) {
            rc = await_input(p, fd, err);
        }
        if (rc == SB_OK && !sb_line_reader_feed(&p->reader, fd)) {
            rc = sb_err_set(err, SB_E_INPUT, "read the input: %s", strerror(errno));
        }
        if (rc != SB_OK) {
            return rc;
        }
    }
}

/* ---- the command */

static bool read_ack(const struct sb_args *args, uint32_t *remote)
{
    static const struct sb_unit none[] = {{"", 1}, {NULL, 0}};
    const char *text = sb_args_value(args, "ack");
    uint64_t k = 0;
    bool ok =
        text == NULL || strcmp(text, "local") == 0 ||
        (strncmp(text, "remote:", 7) == 0 &&
         sb_quantity_parse(&k, text + 7, strlen(text + 7), none) && k >= 1 && k <= SB_PEERS_MAX);
    *remote = (uint32_t)k;
    if (!ok) {
        sb_args_complain(args, "--ack %s: write local, or remote:K with K from 1 to %d", text,
                         SB_PEERS_MAX);
    }
    return ok;
}

/* What the worst result was. */
static int exit_code(const struct publishing *p)
{
    return p->unknown    ? SB_EXIT_UNKNOWN
           : p->unsent   ? SB_EXIT_UNREACHABLE
           : p->not_json ? SB_EXIT_INPUT
           : p->refused  ? SB_EXIT_REFUSED
                         : SB_EXIT_OK;
}

static int publish_from(const struct sb_args *args, struct publishing *p,
                        const struct sb_publisher_options *options, int fd)
{
    struct sb_err err = {0};
    int code = sb_talk_open(args, (int)options->timeout_ms, &p->client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    enum sb_rc rc = sb_publisher_new(&p->publisher, p->client, options, &err);
    if (rc == SB_OK) {
        sb_progress_begin(&p->progress, "published");
        rc = submit_all(p, fd, &err);
        sb_progress_end(&p->progress);
    }
    return rc == SB_OK ? exit_code(p) : sb_talk_error(rc, &err);
}

static bool read_options(const struct sb_args *args, struct sb_publisher_options *options)
{
    static const char *const outputs[] = {"json", NULL};
    uint64_t timeout_ms = SB_PUBLISH_TIMEOUT_MS;
    size_t output = 0;
    if (!sb_args_word(args, "output", outputs, &output) || !read_ack(args, &options->remote) ||
        !sb_args_duration(args, "timeout", &timeout_ms)) {
        return false;
    }
    if (timeout_ms == 0 || timeout_ms > INT32_MAX / 2) {
        sb_args_complain(args, "--timeout: from 1ms to 12d");
        return false;
    }
    options->timeout_ms = (uint32_t)timeout_ms;
    return true;
}

/* Takes fd, and closes it unless it is the standard input. */
static int publish_input(const struct sb_args *args, int fd, const char *made,
                         enum sb_code *refused)
{
    struct publishing p = {.made = made};
    struct sb_publisher_options options = {.on_result = on_result, .context = &p};
    int code = SB_EXIT_USAGE;
    p.last = &p.first;
    sb_arena_init(&p.reading, ARENA_BYTES);
    sb_arena_init(&p.printing, ARENA_BYTES);
    if (read_options(args, &options)) {
        code =
            sb_line_reader_init(&p.reader) ? publish_from(args, &p, &options, fd) : SB_EXIT_FAILURE;
    }
    if (refused != NULL) {
        *refused = p.why;
    }
    sb_publisher_free(p.publisher);
    sb_client_close(p.client);
    while (p.first != NULL) {
        pop_first(&p);
    }
    sb_line_reader_fini(&p.reader);
    sb_arena_fini(&p.reading);
    sb_arena_fini(&p.printing);
    if (fd != STDIN_FILENO) {
        close(fd);
    }
    return code;
}

/* The same door as for a file: the lines stand in memory instead. */
int sb_publish_lines(const struct sb_args *args, struct sb_bytes lines, const char *made,
                     enum sb_code *refused)
{
    int fd = memfd_create("samenbus", MFD_CLOEXEC);
    for (size_t done = 0; fd >= 0 && done < lines.n;) {
        ssize_t n = write(fd, lines.p + done, lines.n - done);
        if (n < 0 && errno != EINTR) {
            break;
        }
        done += n < 0 ? 0 : (size_t)n;
    }
    if (fd < 0 || lseek(fd, 0, SEEK_CUR) != (off_t)lines.n || lseek(fd, 0, SEEK_SET) != 0) {
        sb_talk("keep what is to be published: %s", strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return SB_EXIT_FAILURE;
    }
    return publish_input(args, fd, made, refused);
}

static int publish(const struct sb_args *args)
{
    const char *path = args->n_operands == 0 ? "-" : args->operands[0];
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        sb_talk("%s: %s", path, strerror(errno));
        return SB_EXIT_INPUT;
    }
    return publish_input(args, fd, NULL, NULL);
}

const struct sb_command sb_command_publish = {
    .words = "publish",
    .synopsis = "[FILE|-]",
    .about = "publish events from JSON, one object per line, until the daemon has said yes or no",
    SB_FLAGS(publish_flags),
    .operands_max = 1,
    .examples =
        "  samenbus publish agenda.ndjson\n"
        "  echo '{\"topic\":\"custom/test\",\"custom\":{\"contentType\":\"text/plain\","
        "\"data\":\"aGFsbG8=\"}}' | samenbus publish\n"
        "  samenbus publish --ack remote:2 --timeout 1min proposal.json\n"
        "  # exit 75: the outcome is unknown; publish again with the id of the output line\n",
    .run = publish,
};
