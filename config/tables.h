/* The tables of all keys that exist, for reading and for manual pages. */
#ifndef SB_CONFIG_TABLES_H
#define SB_CONFIG_TABLES_H

#include "config/table.h"

extern const struct sb_table sb_table_daemon;       /* struct sb_config */
extern const struct sb_table sb_table_peer;         /* struct sb_config_peer: a file of conf.d */
extern const struct sb_table sb_table_client_entry; /* struct sb_config_client */
extern const struct sb_table sb_table_client;       /* struct sb_client_config */
extern const struct sb_table sb_table_public;       /* struct sb_public */

#endif
