#include "tests/sim/explore.h"
int sim_explore(void)
{
    return 0;
}
