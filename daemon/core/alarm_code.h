/* The alarms that the core raises. */
#ifndef SB_CORE_ALARM_CODE_H
#define SB_CORE_ALARM_CODE_H

enum sb_alarm_code {
    SB_ALARM_FORK,
    SB_ALARM_SECOND_INSTANCE,
    SB_ALARM_QUOTA,
    SB_ALARM_STALLED,
    SB_ALARM_STORE_FULL,
    SB_ALARM_FLOODING,
    SB_ALARM_COUNT
};

/* "fork", "second_instance", "quota", "stalled", "store_full", "flooding". */
const char *sb_alarm_name(enum sb_alarm_code code);

#endif
