/* A file in memory; see sink.h. */
#include "tests/unit/shell/sink.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void sink_open(struct sink *sink)
{
    sink->fd = memfd_create("sink", MFD_CLOEXEC);
    assert(sink->fd >= 0);
}

void sink_close(struct sink *sink)
{
    close(sink->fd);
}

const char *sink_read(struct sink *sink)
{
    ssize_t n = pread(sink->fd, sink->text, SINK_MAX - 1, 0);
    assert(n >= 0);
    sink->text[n] = '\0';
    return sink->text;
}

unsigned sink_count(struct sink *sink, const char *what)
{
    unsigned n = 0;
    for (const char *at = sink_read(sink); (at = strstr(at, what)) != NULL;) {
        n++;
        at = strchr(at, '\n');
        assert(at != NULL);
    }
    return n;
}
