/* Any bytes as an export file: every one of them is verified to its end, and the number of faults
 * is what was called for. */
#include <assert.h>

#include "proto/export.h"
#include "tests/fuzz/fuzz.h"

enum { FAULTS_SHOWN = 100 };

static void count(void *context, const struct sb_export_fault *fault)
{
    size_t *n = context;
    assert(fault->fault > SB_FAULT_NONE && fault->fault < SB_FAULT_COUNT);
    assert(fault->text[0] != '\0');
    (*n)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sb_export_totals totals;
    size_t n = 0;
    enum sb_rc rc = sb_export_verify(&totals, data, size, count, &n, NULL);
    assert(rc == SB_OK);
    assert(n == (totals.faults < FAULTS_SHOWN ? totals.faults : FAULTS_SHOWN));
    return 0;
}
