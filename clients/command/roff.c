/* man(7) on stdout; see roff.h. */
#include "clients/command/roff.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A line that begins with a dot or a quote is a request, a backslash an escape, and a bare hyphen
 * may be set as another sign, which nobody could copy. */
static void put(const char *text)
{
    bool begins = true;
    for (const char *p = text; *p != '\0'; p++) {
        if (begins && (*p == '.' || *p == '\'')) {
            fputs("\\&", stdout);
        }
        if (*p == '\\') {
            fputs("\\e", stdout);
        } else if (*p == '-') {
            fputs("\\-", stdout);
        } else {
            putchar(*p);
        }
        begins = *p == '\n';
    }
}

void sb_roff_begin(const char *page, const char *section, const char *about)
{
    printf(".TH %s %s \"\" \"samenbus %s\" \"samenbus\"\n.SH NAME\n", page, section,
           SAMENBUS_VERSION);
    put(page);
    fputs(" \\- ", stdout);
    put(about);
    putchar('\n');
}

void sb_roff_heading(const char *title)
{
    printf(".SH %s\n", title);
}

void sb_roff_subheading(const char *title)
{
    printf(".SS \"%s\"\n", title);
}

void sb_roff_text(const char *text)
{
    puts(".PP");
    put(text);
    putchar('\n');
}

void sb_roff_entry(const char *term, const char *argument, const char *meaning)
{
    fputs(".TP\n\\fB", stdout);
    put(term);
    fputs("\\fR", stdout);
    if (argument != NULL) {
        fputs(" \\fI", stdout);
        put(argument);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    put(meaning);
    putchar('\n');
}

void sb_roff_lines(const char *lines)
{
    puts(".PP\n.RS 4\n.nf");
    put(lines);
    puts(".fi\n.RE");
}
