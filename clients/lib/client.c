/* The client: its file, its one connection, and who gets which frame; see samenbus.h and client.h.
 * The guided tour: connection.c has the socket; this file hands out its frames; question.c,
 * publisher.c and subscription.c each speak on a channel of their own; cursor.c remembers where a
 * reader is. */
#include "clients/lib/client.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/keyfile.h"
#include "proto/pb_reader.h"
#include "proto/sign.h"

enum { PATH_BYTES = 4096, TURN_MS = 100 /* how late a time-out may be noticed */ };

/* ---- opening */

static const char *find_config(char path[static PATH_BYTES])
{
    static const char everybodys[] = "/etc/samenbus/client.yaml";
    const char *named = getenv("SAMENBUS_CONFIG"), *home = getenv("HOME");
    if (named != NULL && *named != '\0') {
        return named;
    }
    if (home != NULL) {
        int n = snprintf(path, PATH_BYTES, "%s/.config/samenbus/client.yaml", home);
        if (n > 0 && n < PATH_BYTES && access(path, F_OK) == 0) {
            return path;
        }
    }
    return access(everybodys, F_OK) == 0 ? everybodys : NULL;
}

static enum sb_rc load_config(struct sb_client *client, const char *file, FILE *complaints,
                              struct sb_err *err)
{
    char path[PATH_BYTES];
    file = file != NULL ? file : find_config(path);
    if (file == NULL) {
        return sb_err_set(err, SB_E_CONFIG,
                          "no client file: name one with -c or SAMENBUS_CONFIG, or make "
                          "~/.config/samenbus/client.yaml");
    }
    struct sb_report *report = sb_report_new();
    if (report == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    enum sb_rc rc = sb_client_config_load(&client->config, file, report, err);
    if (complaints != NULL) {
        sb_report_print(report, complaints);
    }
    sb_report_free(report);
    return rc;
}

static enum sb_rc connect_with_key(struct sb_client *client, struct sb_err *err)
{
    uint8_t secret[SB_KEYFILE_SECRET_BYTES];
    const struct sb_client_config *config = client->config;
    enum sb_rc rc = sb_keyfile_read(config->curve_key, SB_KEYFILE_CURVE, secret, err);
    if (rc == SB_OK) {
        struct sb_connection_options o = {config->service, config->server_key, secret,
                                          config->next_server_key};
        rc = sb_connection_open(&client->connection, &o, err);
    }
    sb_wipe(secret, sizeof secret);
    return rc;
}

enum sb_rc sb_client_open(struct sb_client **out, const char *config, FILE *complaints,
                          struct sb_err *err)
{
    *out = NULL;
    if (!sb_crypto_init()) {
        return sb_err_set(err, SB_E_NOMEM, "the system gives no random numbers");
    }
    struct sb_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    sb_arena_init(&client->encoding, SB_CLIENT_ARENA_BYTES);
    sb_arena_init(&client->answering, SB_CLIENT_ARENA_BYTES);
    enum sb_rc rc = load_config(client, config, complaints, err);
    if (rc == SB_OK) {
        rc = connect_with_key(client, err);
    }
    if (rc != SB_OK) {
        sb_client_close(client);
        return rc;
    }
    *out = client;
    return SB_OK;
}

void sb_client_close(struct sb_client *client)
{
    if (client == NULL) {
        return;
    }
    sb_connection_close(client->connection);
    sb_client_config_free(client->config);
    sb_arena_fini(&client->encoding);
    sb_arena_fini(&client->answering);
    free(client);
}

const char *sb_client_organisation(const struct sb_client *client)
{
    return client->config->organisation;
}

/* ---- channels */

enum sb_rc sb_channel_open(struct sb_client *client, struct sb_channel *channel, struct sb_err *err)
{
    for (uint32_t i = 0; i < SB_CHANNELS_MAX; i++) {
        if (client->channels[i] == NULL) {
            client->channels[i] = channel;
            channel->number = i + 1; /* so that no request id is 0 */
            return SB_OK;
        }
    }
    return sb_err_set(err, SB_E_BUSY, "more than %d publishers and subscriptions of one client",
                      SB_CHANNELS_MAX);
}

void sb_channel_close(struct sb_client *client, struct sb_channel *channel)
{
    client->channels[channel->number - 1] = NULL;
}

bool sb_client_send(struct sb_client *client, const struct sb_message *message)
{
    if (sb_connection_state(client->connection) != SB_CONNECTION_UP) {
        return false;
    }
    sb_arena_reset(&client->encoding);
    struct sb_bytes frame = sb_wire_encode(message, &client->encoding);
    return frame.p != NULL && sb_connection_send(client->connection, frame);
}

/* A stream's frames are told apart by the number that the stream was given. */
static uint32_t read_subscription(struct sb_bytes message)
{
    struct sb_pb_reader r;
    sb_pb_reader_init(&r, message);
    return sb_pb_next(&r) && r.field == 1 ? (uint32_t)r.value : 0;
}

static void hand_out(struct sb_client *client, struct sb_bytes frame)
{
    struct sb_reader r;
    sb_reader_init(&r, frame.p, frame.n);
    const uint8_t *magic = sb_get_bytes(&r, 2);
    uint8_t version = sb_get_u8(&r), type = sb_get_u8(&r);
    uint32_t request = sb_get_u32(&r);
    if (!r.failed && type == SB_MSG_DELIVER) {
        request = read_subscription((struct sb_bytes){frame.p + r.at, frame.n - r.at});
    }
    uint32_t number = request >> SB_CHANNEL_SHIFT;
    if (r.failed || memcmp(magic, "SB", 2) != 0 || version != SB_WIRE_VERSION || number == 0 ||
        number > SB_CHANNELS_MAX || client->channels[number - 1] == NULL) {
        return; /* an answer that nobody waits for any more */
    }
    struct sb_channel *channel = client->channels[number - 1];
    channel->on_frame(channel, (enum sb_msg_type)type, request, frame);
}

/* True when some channel has more to send than would go. */
static bool turn(struct sb_client *client)
{
    bool sending = false, fresh = false;
    uint32_t generation = sb_connection_generation(client->connection);
    int64_t now = sb_connection_now_ms();
    if (generation != client->generation) {
        client->generation = generation;
        fresh = true;
    }
    for (size_t i = 0; i < SB_CHANNELS_MAX; i++) {
        struct sb_channel *channel = client->channels[i];
        if (channel != NULL && fresh) {
            channel->on_up(channel);
        }
        sending |= channel != NULL && channel->on_turn(channel, now);
    }
    return sending && sb_client_connected(client);
}

enum sb_rc sb_client_wait(struct sb_client *client, int fd, int timeout_ms, struct sb_err *err)
{
    int64_t end = timeout_ms < 0 ? INT64_MAX : sb_connection_now_ms() + timeout_ms;
    client->news = false;
    for (;;) {
        bool sending = turn(client);
        int64_t left = end - sb_connection_now_ms();
        int slice = client->news || left < 0 ? 0 : left > TURN_MS ? TURN_MS : (int)left;
        enum sb_rc rc = sb_connection_wait(client->connection, fd, sending, slice, err);
        if (rc != SB_OK) {
            return rc;
        }
        for (struct sb_bytes frame; sb_connection_receive(client->connection, &frame);) {
            hand_out(client, frame);
            client->news = true;
        }
        if (client->news || fd >= 0 || left <= slice) {
            (void)turn(client);
            return SB_OK;
        }
    }
}

/* ---- reaching the daemon */

bool sb_client_connected(const struct sb_client *client)
{
    return sb_connection_state(client->connection) == SB_CONNECTION_UP;
}

static enum sb_rc say_unreachable(const struct sb_client *client, struct sb_err *err)
{
    const char *endpoint = client->config->service, *file = client->config->file;
    switch (sb_connection_state(client->connection)) {
    case SB_CONNECTION_UP: return SB_OK;
    case SB_CONNECTION_REFUSED:
        return sb_err_set(err, SB_E_REFUSED,
                          "the daemon at %s does not know our key: give its administrator the "
                          "public half of %s for `clients:`",
                          endpoint, client->config->curve_key);
    case SB_CONNECTION_BROKEN:
        return sb_err_set(err, SB_E_UNREACHABLE,
                          "%s answers, but not as the daemon of %s: is `server_key` in %s its "
                          "`curve_key`?",
                          endpoint, client->config->organisation, file);
    case SB_CONNECTION_ABSENT:
    case SB_CONNECTION_NONE: break;
    }
    return sb_err_set(err, SB_E_UNREACHABLE,
                      "the daemon of %s is not reachable at %s: is it running, and is `service` "
                      "in %s right?",
                      client->config->organisation, endpoint, file);
}

enum sb_rc sb_client_connect(struct sb_client *client, int timeout_ms, struct sb_err *err)
{
    int64_t end = sb_connection_now_ms() + timeout_ms;
    while (!sb_client_connected(client)) {
        int64_t left = end - sb_connection_now_ms();
        enum sb_connection_state state = sb_connection_state(client->connection);
        if (left <= 0 || state == SB_CONNECTION_REFUSED || state == SB_CONNECTION_ABSENT) {
            return say_unreachable(client, err);
        }
        enum sb_rc rc =
            sb_client_wait(client, -1, left > TURN_MS / 4 ? TURN_MS / 4 : (int)left, err);
        if (rc != SB_OK) {
            return rc;
        }
    }
    return SB_OK;
}
