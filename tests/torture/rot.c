/* Bit rot in an export: every bit flipped (or one of K), every truncation (or one of K/16), the
 * verifier in this process. A flip must be found, and named: the event whose record it is in, or
 * the one after it where the link itself says no more who it is; in the header, a checkpoint or the
 * end, the file.
 *
 *   rot EXPORT [K]
 *
 * Exit: 0 everything was found and named, 1 otherwise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/export.h"
#include "proto/export_format.h"
#include "proto/link.h"
#include "proto/sign.h"

enum { RECORDS_MAX = 4096, FAULTS_MAX = 100 };

struct rot_record {
    size_t from, to; /* bytes of the file, its head included */
    enum sb_export_record type;
    struct sb_epoch epoch; /* of an event, or of the checkpoint's event */
    struct sb_seq seq;
};

static struct {
    uint8_t *bytes;
    size_t n;
    struct rot_record records[RECORDS_MAX];
    size_t n_records;
    struct sb_export_fault faults[FAULTS_MAX];
    size_t n_faults;
    uint64_t flips, exact, next, file, itself, unnamed, unseen, cuts, cuts_unseen;
} rot;

static void read_export(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    rot.n = (size_t)ftell(f);
    rewind(f);
    rot.bytes = malloc(rot.n + 1);
    if (rot.bytes == NULL || fread(rot.bytes, 1, rot.n, f) != rot.n) {
        perror(path);
        exit(1);
    }
    fclose(f);
}

static void place_event(struct rot_record *r, struct sb_reader *in)
{
    struct sb_link link;
    struct sb_org audience[SB_AUDIENCE_MAX];
    size_t n = sb_get_u32(in);
    const uint8_t *p = sb_get_bytes(in, n);
    if (p != NULL && sb_link_decode(&link, audience, p, n)) {
        r->epoch = link.epoch;
        r->seq = link.seq;
    }
}

static void place_checkpoint(struct rot_record *r, struct sb_reader *in)
{
    r->epoch.counter = sb_get_u32(in);
    r->epoch.tag = sb_get_u64(in);
    r->seq.n = sb_get_u64(in);
}

/* Where each record stands, as long as the file is whole. */
static void map_records(void)
{
    size_t at = SB_EXPORT_MAGIC_BYTES;
    while (at < rot.n && rot.n_records < RECORDS_MAX) {
        struct rot_record *r = &rot.records[rot.n_records++];
        struct sb_reader in;
        sb_reader_init(&in, rot.bytes + at, rot.n - at);
        r->from = at;
        r->type = (enum sb_export_record)sb_get_u8(&in);
        r->to = at + SB_EXPORT_RECORD_HEAD + sb_get_u32(&in);
        if (r->type == SB_EXPORT_EVENT) {
            place_event(r, &in);
        } else if (r->type == SB_EXPORT_CHECKPOINT) {
            place_checkpoint(r, &in);
        }
        at = r->to;
    }
}

static void on_fault(void *context, const struct sb_export_fault *fault)
{
    (void)context;
    if (rot.n_faults < FAULTS_MAX) {
        rot.faults[rot.n_faults++] = *fault;
    }
}

static void verify(size_t n)
{
    struct sb_export_totals totals;
    struct sb_err err = {0};
    rot.n_faults = 0;
    if (sb_export_verify(&totals, rot.bytes, n, on_fault, NULL, &err) != SB_OK) {
        fputs("no memory\n", stderr);
        exit(1);
    }
}

static bool names(struct sb_epoch epoch, uint64_t seq)
{
    for (size_t i = 0; i < rot.n_faults; i++) {
        if (rot.faults[i].seq.n == seq && sb_epoch_eq(rot.faults[i].epoch, epoch)) {
            return true;
        }
    }
    return false;
}

static bool names_file(void)
{
    for (size_t i = 0; i < rot.n_faults; i++) {
        if (rot.faults[i].fault == SB_FAULT_BAD_FILE) {
            return true;
        }
    }
    return false;
}

/* PROTOCOL §10.4: the place of a checkpoint is the one that it gives itself, flipped or not. */
static bool names_itself(const struct rot_record *r)
{
    struct rot_record flipped = *r;
    struct sb_reader in;
    size_t at = r->from + SB_EXPORT_RECORD_HEAD;
    sb_reader_init(&in, rot.bytes + at, r->to - at);
    place_checkpoint(&flipped, &in);
    return names(flipped.epoch, flipped.seq.n);
}

/* While the bit is flipped. */
static void judge(const struct rot_record *r, size_t bit)
{
    bool of_event = r != NULL && (r->type == SB_EXPORT_EVENT || r->type == SB_EXPORT_CHECKPOINT);
    rot.flips++;
    if (rot.n_faults == 0) {
        rot.unseen++;
        printf("violation: bit %zu is not missed\n", bit);
    } else if (of_event && names(r->epoch, r->seq.n)) {
        rot.exact++;
    } else if (of_event && names(r->epoch, r->seq.n + 1)) {
        rot.next++;
    } else if (!of_event || names_file()) {
        rot.file++;
    } else if (r->type == SB_EXPORT_CHECKPOINT && names_itself(r)) {
        rot.itself++;
    } else {
        rot.unnamed++;
        printf("violation: bit %zu, of %u seq %llu, is named elsewhere: %u seq %llu %s\n", bit,
               r->epoch.counter, (unsigned long long)r->seq.n, rot.faults[0].epoch.counter,
               (unsigned long long)rot.faults[0].seq.n, sb_fault_name(rot.faults[0].fault));
    }
}

static void flip_bits(size_t every)
{
    size_t at = 0;
    for (size_t bit = every / 2; bit < rot.n * 8; bit += every) {
        while (at < rot.n_records && rot.records[at].to <= bit / 8) {
            at++;
        }
        const struct rot_record *r = &rot.records[at];
        rot.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        verify(rot.n);
        judge(at < rot.n_records && bit / 8 >= r->from ? r : NULL, bit);
        rot.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void cut_everywhere(size_t step)
{
    for (size_t n = 0; n < rot.n; n += step) {
        verify(n);
        rot.cuts++;
        if (rot.n_faults == 0) {
            rot.cuts_unseen++;
            printf("violation: cut at byte %zu is not missed\n", n);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3 || !sb_crypto_init()) {
        fputs("usage: rot EXPORT [K]\n", stderr);
        return 64;
    }
    read_export(argv[1]);
    map_records();
    verify(rot.n);
    if (rot.n_faults > 0) {
        printf("the export has faults to begin with\n");
        return 1;
    }
    size_t every = argc == 3 ? strtoull(argv[2], NULL, 10) : 1;
    flip_bits(every);
    cut_everywhere(every / 16 + 1);
    uint64_t bad = rot.unseen + rot.unnamed + rot.cuts_unseen;
    printf(
        "%zu bytes, %zu records: %llu bits flipped, all found; named: %llu at the event, %llu at "
        "the next, %llu as the file, %llu as what a checkpoint says it is; %llu cuts; %llu "
        "violations\n",
        rot.n, rot.n_records, (unsigned long long)rot.flips, (unsigned long long)rot.exact,
        (unsigned long long)rot.next, (unsigned long long)rot.file, (unsigned long long)rot.itself,
        (unsigned long long)rot.cuts, (unsigned long long)bad);
    return bad > 0;
}
