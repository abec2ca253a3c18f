/* Places where a test may end the process, as a power cut would: SAMENBUS_FAILPOINT=name[:n] ends
 * it at the n-th passage (the first, without n). The release build has none of them. */
#ifndef SB_SHELL_FAILPOINT_H
#define SB_SHELL_FAILPOINT_H

#ifdef SAMENBUS_TEST_BUILD
void sb_failpoint(const char *name);
#else
static inline void sb_failpoint(const char *name)
{
    (void)name;
}
#endif

#endif
