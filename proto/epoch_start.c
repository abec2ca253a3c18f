/* The EpochStart: built once per epoch by its origin, read by everybody (PROTOCOL §5). Declared in
 * body.h. */
#include "proto/body.h"

#include <assert.h>
#include <string.h>

#include "proto/unpack.h"
#include "samenbus.pb-c.h"

/* protobuf-c's view of bytes that it only reads. */
static ProtobufCBinaryData borrow(const void *p, size_t n)
{
    return (ProtobufCBinaryData){n, (uint8_t *)(uintptr_t)p};
}

static char *borrow_text(const char *text)
{
    return (char *)(uintptr_t)text;
}

struct parent_messages {
    Samenbus__Tip tips[SB_PARENTS_MAX], *pointers[SB_PARENTS_MAX];
};

static void fill_parents(Samenbus__EpochStart *message, struct parent_messages *room,
                         const struct sb_epoch_start *start)
{
    for (size_t i = 0; i < start->n_parents; i++) {
        const struct sb_parent *parent = &start->parents[i];
        Samenbus__Tip *tip = &room->tips[i];
        samenbus__tip__init(tip);
        tip->counter = parent->epoch.counter;
        tip->tag = parent->epoch.tag;
        tip->seq = parent->seq.n;
        tip->hash = borrow(parent->hash.b, sizeof parent->hash.b);
        room->pointers[i] = tip;
    }
    message->n_parents = start->n_parents;
    message->parents = room->pointers;
}

static void fill_certificate(Samenbus__KeyCertificate *message, const struct sb_certificate *c)
{
    samenbus__key_certificate__init(message);
    message->origin = borrow_text(c->origin.s);
    message->old_key = borrow(c->old_key.b, sizeof c->old_key.b);
    message->new_key = borrow(c->new_key.b, sizeof c->new_key.b);
    message->time_ms = c->time.ms;
    message->old_signature = borrow(c->old_signature.b, sizeof c->old_signature.b);
    message->new_signature = borrow(c->new_signature.b, sizeof c->new_signature.b);
}

struct sb_bytes sb_epoch_start_build(const struct sb_epoch_start *start, struct sb_time time,
                                     struct sb_arena *arena)
{
    Samenbus__Body body = SAMENBUS__BODY__INIT;
    Samenbus__EpochStart message = SAMENBUS__EPOCH_START__INIT;
    Samenbus__KeyCertificate certificate;
    struct parent_messages parents;
    assert(start->n_parents <= SB_PARENTS_MAX);
    message.counter = start->counter;
    fill_parents(&message, &parents, start);
    message.nonce = borrow(start->nonce, sizeof start->nonce);
    message.sign_key = borrow(start->sign_key.b, sizeof start->sign_key.b);
    message.first_commitment = borrow(start->first_commitment.b, sizeof start->first_commitment.b);
    if (start->certified) {
        fill_certificate(&certificate, &start->certificate);
        message.certificate = &certificate;
    }
    body.time_ms = time.ms;
    body.content_case = SAMENBUS__BODY__CONTENT_EPOCH_START;
    body.epoch_start = &message;
    return sb_pack(&body.base, arena);
}

static bool copy_fixed(void *to, size_t n, const ProtobufCBinaryData *from)
{
    if (from->len != n) {
        return false;
    }
    memcpy(to, from->data, n);
    return true;
}

static bool read_parent(struct sb_parent *out, const Samenbus__Tip *tip, uint32_t counter)
{
    out->epoch = (struct sb_epoch){tip->counter, tip->tag};
    out->seq.n = tip->seq;
    return tip->origin[0] == '\0' && tip->counter >= 1 && tip->counter < counter && tip->seq >= 1 &&
           copy_fixed(out->hash.b, sizeof out->hash.b, &tip->hash);
}

static bool read_parents(struct sb_epoch_start *out, const Samenbus__EpochStart *message)
{
    if (message->n_parents > SB_PARENTS_MAX) {
        return false;
    }
    for (size_t i = 0; i < message->n_parents; i++) {
        if (!read_parent(&out->parents[i], message->parents[i], message->counter)) {
            return false;
        }
    }
    out->n_parents = message->n_parents;
    return true;
}

static bool read_certificate(struct sb_certificate *out, const Samenbus__KeyCertificate *message)
{
    out->time.ms = message->time_ms;
    return sb_org_parse(&out->origin, message->origin, strlen(message->origin)) &&
           copy_fixed(out->old_key.b, sizeof out->old_key.b, &message->old_key) &&
           copy_fixed(out->new_key.b, sizeof out->new_key.b, &message->new_key) &&
           copy_fixed(out->old_signature.b, sizeof out->old_signature.b, &message->old_signature) &&
           copy_fixed(out->new_signature.b, sizeof out->new_signature.b, &message->new_signature);
}

bool sb_epoch_start_read(struct sb_epoch_start *out, struct sb_bytes body, struct sb_arena *arena)
{
    struct sb_body_head head;
    if (!sb_body_well_formed(body) || !sb_body_head_read(&head, body) ||
        head.content != SB_CONTENT_EPOCH_START || head.topic.n > 0 || head.publisher.n > 0) {
        return false;
    }
    const Samenbus__EpochStart *message =
        sb_unpack(&samenbus__epoch_start__descriptor, head.content_bytes, arena);
    if (message == NULL || message->counter < 1) {
        return false;
    }
    *out = (struct sb_epoch_start){.counter = message->counter,
                                   .certified = message->certificate != NULL};
    return read_parents(out, message) &&
           copy_fixed(out->nonce, sizeof out->nonce, &message->nonce) &&
           copy_fixed(out->sign_key.b, sizeof out->sign_key.b, &message->sign_key) &&
           copy_fixed(out->first_commitment.b, sizeof out->first_commitment.b,
                      &message->first_commitment) &&
           (!out->certified || read_certificate(&out->certificate, message->certificate));
}
