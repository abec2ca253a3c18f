/* Reads the environment and nothing else; see credential.h. */
#include "config/credential.h"

#include <stdlib.h>
#include <string.h>

const char *sb_credential_name(const char *text)
{
    static const char prefix[] = "credential:";
    return strncmp(text, prefix, sizeof prefix - 1) == 0 ? text + sizeof prefix - 1 : NULL;
}

bool sb_credential_name_valid(const char *name)
{
    return name[0] != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

const char *sb_credential_folder(void)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    return folder != NULL && folder[0] == '/' ? folder : NULL;
}

bool sb_credential_holds(const char *path)
{
    const char *folder = sb_credential_folder(), *name;
    size_t n = folder == NULL ? 0 : strlen(folder);
    if (n == 0 || strncmp(path, folder, n) != 0 || path[n] != '/') {
        return false;
    }
    name = path + n + 1;
    return sb_credential_name_valid(name);
}
