/* What is different between two configurations of a daemon, key by key along the tables. */
#ifndef SB_CONFIG_DIFFERENCE_H
#define SB_CONFIG_DIFFERENCE_H

#include "config/config.h"

/* Prints a line for each difference: `+ partner GM0451`, `- client reader`, `~ log.level: info ->
 * debug`. What a running daemon cannot take over goes into the report, at its place in the files of
 * `after`. Returns the number of lines. */
size_t sb_config_compare(const struct sb_config *before, const struct sb_config *after, FILE *out,
                         struct sb_report *report);

#endif
