/* Secrets that the service manager hands over (systemd's LoadCredential=): `credential:NAME` in the
 * place of a key file's path is the file NAME in $CREDENTIALS_DIRECTORY, which only this service
 * can see and which is never on a disk. */
#ifndef SB_CONFIG_CREDENTIAL_H
#define SB_CONFIG_CREDENTIAL_H

#include <stdbool.h>

/* NAME of `credential:NAME`, or NULL. */
const char *sb_credential_name(const char *text);
/* One part of a path, neither `.` nor `..`. */
bool sb_credential_name_valid(const char *name);
/* The folder that was offered to this process, or NULL. */
const char *sb_credential_folder(void);
/* Is it a file of that folder? */
bool sb_credential_holds(const char *path);

#endif
