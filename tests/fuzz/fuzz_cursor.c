/* Any text as a reader's cursor: what is taken is printed and read again as the same text, and a
 * refusal says why. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "clients/lib/cursor.h"
#include "tests/fuzz/fuzz.h"

static void check_round_trip(const struct sb_cursor *cursor)
{
    struct sb_cursor again = {0};
    struct sb_err err;
    char *text = sb_cursor_print(cursor);
    assert(text != NULL);
    assert(sb_cursor_parse(&again, text, &err) == SB_OK);
    assert(again.n_tips == cursor->n_tips && again.offset.n == cursor->offset.n);
    char *text_again = sb_cursor_print(&again);
    assert(text_again != NULL && strcmp(text, text_again) == 0);
    free(text_again);
    free(text);
    sb_cursor_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sb_cursor cursor = {0};
    struct sb_err err = {0};
    char *text = malloc(size + 1);
    assert(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    enum sb_rc rc = sb_cursor_parse(&cursor, text, &err);
    if (rc == SB_OK) {
        assert(cursor.n_tips <= SB_CURSOR_TIPS_MAX);
        check_round_trip(&cursor);
    } else {
        assert(rc == SB_E_INPUT && err.text[0] != '\0');
    }
    sb_cursor_fini(&cursor);
    free(text);
    return 0;
}
