/* Connection keys (Curve25519, as CURVE has them): the public half of a secret. The handshake
 * itself is ZeroMQ's. */
#ifndef SB_PROTO_CURVE_H
#define SB_PROTO_CURVE_H

#include <stdint.h>

enum { SB_CURVE_BYTES = 32 };

void sb_curve_public_of(uint8_t public_key[static SB_CURVE_BYTES],
                        const uint8_t secret[static SB_CURVE_BYTES]);

#endif
