/* Writes man pages: text made safe for man(7), in the few forms that our pages need. */
#ifndef SB_CLIENTS_COMMAND_ROFF_H
#define SB_CLIENTS_COMMAND_ROFF_H

/* ".TH": `section` "1", `about` the other half of the NAME line. */
void sb_roff_begin(const char *page, const char *section, const char *about);
void sb_roff_heading(const char *title);    /* .SH */
void sb_roff_subheading(const char *title); /* .SS */
/* One paragraph. */
void sb_roff_text(const char *text);
/* A list entry: a term in bold with its argument in italics (may be NULL), and what it means. */
void sb_roff_entry(const char *term, const char *argument, const char *meaning);
/* Lines kept as they are. */
void sb_roff_lines(const char *lines);

#endif
