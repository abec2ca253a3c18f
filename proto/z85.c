/* Z85 both ways; see z85.h. Not for anything but whole groups of four bytes. */
#include "proto/z85.h"

#include <assert.h>
#include <string.h>

static const char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               ".-:+=^!/*?&<>()[]{}@%$#";

void sb_z85_encode(char *out, const uint8_t *p, size_t n)
{
    assert(n % 4 == 0);
    for (size_t i = 0; i < n; i += 4) {
        uint32_t group = (uint32_t)p[i] << 24 | (uint32_t)p[i + 1] << 16 | (uint32_t)p[i + 2] << 8 |
                         (uint32_t)p[i + 3];
        for (size_t digit = 5; digit-- > 0; group /= 85) {
            out[i / 4 * 5 + digit] = alphabet[group % 85];
        }
    }
    out[n / 4 * 5] = 0;
}

/* Five characters; five of the last digit are more than four bytes hold. */
static bool decode_group(uint8_t out[static 4], const char *text)
{
    uint64_t group = 0;
    for (size_t i = 0; i < 5; i++) {
        const char *at = text[i] == 0 ? NULL : strchr(alphabet, text[i]);
        if (at == NULL) {
            return false;
        }
        group = group * 85 + (uint64_t)(at - alphabet);
    }
    for (size_t i = 4; i-- > 0; group >>= 8) {
        out[i] = (uint8_t)group;
    }
    return group == 0;
}

bool sb_z85_decode(uint8_t *out, size_t n, const char *text, size_t text_len)
{
    assert(n % 4 == 0);
    if (text_len != n / 4 * 5) {
        return false;
    }
    for (size_t i = 0; i < n / 4; i++) {
        if (!decode_group(out + 4 * i, text + 5 * i)) {
            return false;
        }
    }
    return true;
}
