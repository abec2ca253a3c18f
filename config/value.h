/* One scalar, by the type of its key; see table.h for what is stored. */
#ifndef SB_CONFIG_VALUE_H
#define SB_CONFIG_VALUE_H

#include "config/table.h"
#include "config/tree.h"

/* Stores the value of a scalar node, or reports what is wrong with it and stores nothing. */
void sb_value_read(struct sb_table_reader *r, const struct sb_key *key,
                   const struct sb_yaml_node *node, void *to);

#endif
