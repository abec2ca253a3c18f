/* The lines about proofs and faults. What comes from the file is escaped. */
#include "proto/proof_text.h"

#include <inttypes.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/text.h"

enum { KEY_TEXT = 4 * ((32 + 2) / 3) + 1, TAG_DIGITS = 8 };

void sb_fault_print(char line[static SB_PROOF_LINE_MAX], const struct sb_export_fault *f)
{
    char epoch[SB_EPOCH_TEXT_MAX], place[SB_EPOCH_TEXT_MAX + 24] = "-", text[2 * SB_LABEL_MAX];
    if (f->epoch.counter != 0) {
        sb_epoch_format(epoch, f->epoch, TAG_DIGITS);
        (void)snprintf(place, sizeof place, "%s:%" PRIu64, epoch, f->seq.n);
    }
    (void)sb_text_escape(text, sizeof text,
                         (struct sb_bytes){(const uint8_t *)f->text, strlen(f->text)});
    (void)snprintf(line, SB_PROOF_LINE_MAX, "fault %s %s %s: %s",
                   f->origin.s[0] != '\0' ? f->origin.s : "-", place, sb_fault_name(f->fault),
                   text);
}

static bool is_known(const struct sb_proof_verdict *v, const struct sb_proof_reader *known)
{
    const struct sb_sign_public *key = &known->key;
    return sb_org_eq(&known->organisation, &v->header.origin) &&
           (memcmp(key, &v->header.sign_key, sizeof *key) == 0 ||
            (v->certified && memcmp(key, &v->certified_by, sizeof *key) == 0));
}

bool sb_proof_holds(const struct sb_proof_verdict *verdict, const struct sb_proof_reader *known)
{
    return verdict->fault.fault == SB_FAULT_NONE && (known == NULL || is_known(verdict, known));
}

static void print_key(char line[static SB_PROOF_LINE_MAX], const struct sb_proof_verdict *v,
                      const struct sb_proof_reader *known)
{
    char key[KEY_TEXT], by[KEY_TEXT] = "";
    sb_base64_encode(key, v->header.sign_key.b, sizeof v->header.sign_key.b);
    if (v->certified) {
        sb_base64_encode(by, v->certified_by.b, sizeof v->certified_by.b);
    }
    (void)snprintf(
        line, SB_PROOF_LINE_MAX, "key: %s%s%s%s%s", key, v->certified ? ", certified by " : "", by,
        known != NULL ? ", known as that of " : "", known != NULL ? v->header.origin.s : "");
}

size_t sb_proof_print(char lines[static SB_PROOF_LINES][SB_PROOF_LINE_MAX],
                      const struct sb_proof_verdict *verdict, const struct sb_proof_reader *known)
{
    char epoch[SB_EPOCH_TEXT_MAX];
    if (!sb_proof_holds(verdict, known)) {
        struct sb_export_fault fault = verdict->fault;
        if (fault.fault == SB_FAULT_NONE) {
            fault = (struct sb_export_fault){.origin = verdict->header.origin,
                                             .fault = SB_FAULT_BAD_KEY};
            (void)snprintf(fault.text, sizeof fault.text, "%s",
                           sb_fault_sentence(SB_FAULT_BAD_KEY));
        }
        sb_fault_print(lines[0], &fault);
        return 1;
    }
    sb_epoch_format(epoch, verdict->epoch, TAG_DIGITS);
    (void)snprintf(lines[0], SB_PROOF_LINE_MAX, "proof: %s signed two histories at %s:%" PRIu64,
                   verdict->header.origin.s, epoch, verdict->seq.n);
    print_key(lines[1], verdict, known);
    return SB_PROOF_LINES;
}
