/* Prometheus' text format (0.0.4), made from a status. Pure. */
#ifndef SB_CLIENTS_COMMAND_EXPOSITION_H
#define SB_CLIENTS_COMMAND_EXPOSITION_H

#include <stdint.h>
#include <stdio.h>

#include "proto/status.h"

/* Every metric with HELP and TYPE. `s` NULL: the daemon did not answer, and samenbus_up says so,
 * alone. `max_bytes` is store.max_size; 0: not known, then its metric is left out. */
void sb_exposition_print(FILE *to, const struct sb_status *s, uint64_t max_bytes);

#endif
