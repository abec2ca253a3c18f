/* One function of libsodium; see curve.h. */
#include "proto/curve.h"

#include <sodium.h>

void sb_curve_public_of(uint8_t public_key[static SB_CURVE_BYTES],
                        const uint8_t secret[static SB_CURVE_BYTES])
{
    /* Fails for no secret: the base point has full order. */
    (void)crypto_scalarmult_base(public_key, secret);
}
