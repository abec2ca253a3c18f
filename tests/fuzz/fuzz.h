/* What every fuzz target defines; it returns 0 and must survive any bytes. */
#ifndef SB_TESTS_FUZZ_FUZZ_H
#define SB_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
