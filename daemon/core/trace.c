/* Names of decisions. */
#include "daemon/core/trace.h"

#include <stddef.h>

const char *sb_trace_name(enum sb_trace id)
{
    static const char *const names[] = {
#define SB_TRACE_NAME(name) #name,
        SB_TRACES(SB_TRACE_NAME)
#undef SB_TRACE_NAME
    };
    return (size_t)id < SB_TRACE_COUNT ? names[id] : "";
}
