/* What the tests of config/ share: texts in, reports out, a folder of their own. */
#ifndef SB_TESTS_UNIT_CONFIG_HELPER_H
#define SB_TESTS_UNIT_CONFIG_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/config.h"

/* Example keys, as text; nobody holds their secrets. */
#define SIGN_KEY_1  "ERERERERERERERERERERERERERERERERERERERERERE="
#define SIGN_KEY_2  "IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI="
#define CURVE_KEY_1 "5FkP!5FkP!5FkP!5FkP!5FkP!5FkP!5FkP!5FkP!"
#define CURVE_KEY_2 "a%FiPa%FiPa%FiPa%FiPa%FiPa%FiPa%FiPa%FiP"

/* The least that a daemon's file must hold. */
#define LEAST                                                                                      \
    "partnership: duoplus\n"                                                                       \
    "organisation: {id: GM0384, sign_key: keys/a.sign.key, curve_key: keys/a.curve.key}\n"         \
    "listen: {publish: tcp://127.0.0.1:7461, service: tcp://127.0.0.1:7462}\n"                     \
    "store: {path: store}\n"

/* A text that must be right, as the file `name`; ends the test when it is not. */
struct sb_config *must_parse(const char *name, const char *text);
/* A text that must be refused; returns the printed report, for free(). */
char *must_refuse(const char *text);
/* The printed report, for free(). */
char *report_text(const struct sb_report *report);

/* A new folder, and its removal with all that is in it. */
void make_folder(char path[static 64]);
void remove_folder(const char *path);
/* "FOLDER/NAME" in one of a few static buffers. */
const char *path_in(const char *folder, const char *name);
void write_file(const char *path, mode_t mode, const char *text);

#endif
