/* What values mean together: nobody twice, nothing that contradicts itself. No file is opened. */
#ifndef SB_CONFIG_CHECK_H
#define SB_CONFIG_CHECK_H

#include "config/config.h"
#include "config/report.h"

/* Reports every contradiction; values that could not be read are passed over. */
void sb_check_config(const struct sb_config *config, struct sb_report *report);

#endif
