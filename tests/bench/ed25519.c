/* How many Ed25519 signatures one core of this machine verifies in a second: what bounds the
 * catch-up of a history that was written one event per commit. */
#include <sodium.h>
#include <stdio.h>
#include <time.h>

enum { ROUNDS = 20000, MESSAGE_BYTES = 145 };

int main(void)
{
    unsigned char public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    unsigned char message[MESSAGE_BYTES] = {0}, signature[crypto_sign_BYTES];
    struct timespec begun, ended;
    unsigned valid = 0;
    if (sodium_init() < 0 || crypto_sign_keypair(public, secret) != 0 ||
        crypto_sign_detached(signature, NULL, message, sizeof message, secret) != 0) {
        return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (unsigned i = 0; i < ROUNDS; i++) {
        valid += crypto_sign_verify_detached(signature, message, sizeof message, public) == 0;
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    double seconds =
        (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9;
    printf("%.0f\n", ROUNDS / seconds);
    return valid == ROUNDS ? 0 : 1;
}
