/* Secrets on disk; see keyfile.h. Copies of a secret are wiped before they go. */
#include "config/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/credential.h"
#include "config/newfile.h"
#include "proto/bytes.h"
#include "proto/z85.h"

enum { FILE_BYTES_MAX = 4096, TEXT_MAX = 128 };

/* In the order of enum sb_keyfile_kind. */
static const char *const words[] = {"samenbus-sign-key-1", "samenbus-curve-key-1"};
static const char *const kinds[] = {"sign key", "curve key"};

static bool decode_secret(enum sb_keyfile_kind kind, uint8_t secret[static SB_KEYFILE_SECRET_BYTES],
                          const char *text, size_t n)
{
    uint8_t bytes[SB_KEYFILE_SECRET_BYTES + 4];
    static const uint8_t zero[SB_KEYFILE_SECRET_BYTES];
    size_t n_bytes = SB_KEYFILE_SECRET_BYTES;
    bool ok = false;
    switch (kind) {
    case SB_KEYFILE_SIGN: ok = n == 44 && sb_base64_decode(bytes, &n_bytes, text, n); break;
    case SB_KEYFILE_CURVE: ok = sb_z85_decode(bytes, SB_KEYFILE_SECRET_BYTES, text, n); break;
    }
    ok = ok && n_bytes == SB_KEYFILE_SECRET_BYTES && memcmp(bytes, zero, n_bytes) != 0;
    if (ok) {
        memcpy(secret, bytes, SB_KEYFILE_SECRET_BYTES);
    }
    explicit_bzero(bytes, sizeof bytes);
    return ok;
}

static bool starts_with_word(const char *line, size_t n, const char *word)
{
    size_t n_word = strlen(word);
    return n > n_word && memcmp(line, word, n_word) == 0 && line[n_word] == ' ';
}

/* One line that is neither empty nor a comment. */
static enum sb_rc read_line(const char *path, unsigned number, enum sb_keyfile_kind kind,
                            const char *line, size_t n, uint8_t *secret, struct sb_err *err)
{
    size_t n_word = strlen(words[kind]) + 1;
    enum sb_keyfile_kind other = kind == SB_KEYFILE_SIGN ? SB_KEYFILE_CURVE : SB_KEYFILE_SIGN;
    if (starts_with_word(line, n, words[other])) {
        return sb_err_set(err, SB_E_CONFIG, "%s: line %u: a %s where a %s is needed", path, number,
                          kinds[other], kinds[kind]);
    }
    if (!starts_with_word(line, n, words[kind]) ||
        !decode_secret(kind, secret, line + n_word, n - n_word)) {
        return sb_err_set(err, SB_E_CONFIG, "%s: line %u: not a %s (`%s ...`)", path, number,
                          kinds[kind], words[kind]);
    }
    return SB_OK;
}

static enum sb_rc read_text(const char *path, enum sb_keyfile_kind kind, const char *text, size_t n,
                            uint8_t *secret, struct sb_err *err)
{
    unsigned number = 0, found = 0;
    for (size_t at = 0; at < n;) {
        const char *line = text + at, *end = memchr(line, '\n', n - at);
        size_t length = end == NULL ? n - at : (size_t)(end - line);
        at += length + 1;
        number++;
        if (length == 0 || line[0] == '#') {
            continue;
        }
        if (++found > 1) {
            return sb_err_set(err, SB_E_CONFIG, "%s: line %u: a second key", path, number);
        }
        enum sb_rc rc = read_line(path, number, kind, line, length, secret, err);
        if (rc != SB_OK) {
            return rc;
        }
    }
    return found == 1 ? SB_OK : sb_err_set(err, SB_E_CONFIG, "%s: holds no key", path);
}

/* On the open file, so that nobody swaps it in between. */
static enum sb_rc check_mode(const char *path, int fd, struct sb_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return sb_err_set(err, SB_E_CONFIG, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return sb_err_set(err, SB_E_CONFIG, "%s: not a file", path);
    }
    /* The service manager lets us in by an entry of an access list, which shows as the group's. */
    if ((st.st_mode & (sb_credential_holds(path) ? 037 : 077)) != 0) {
        return sb_err_set(err, SB_E_CONFIG,
                          "%s: a secret that others may read (mode %04o): chmod 600 it, and make a "
                          "new one if somebody did",
                          path, (unsigned)(st.st_mode & 07777));
    }
    return SB_OK;
}

static enum sb_rc read_fd(const char *path, int fd, enum sb_keyfile_kind kind, uint8_t *secret,
                          struct sb_err *err)
{
    char text[FILE_BYTES_MAX];
    enum sb_rc rc = check_mode(path, fd, err);
    if (rc != SB_OK) {
        return rc;
    }
    ssize_t n = read(fd, text, sizeof text);
    if (n < 0) {
        rc = sb_err_set(err, SB_E_CONFIG, "%s: %s", path, strerror(errno));
    } else if (n == FILE_BYTES_MAX) {
        rc = sb_err_set(err, SB_E_CONFIG, "%s: too long for a key file", path);
    } else {
        rc = read_text(path, kind, text, (size_t)n, secret, err);
    }
    explicit_bzero(text, sizeof text);
    return rc;
}

enum sb_rc sb_keyfile_read(const char *path, enum sb_keyfile_kind kind,
                           uint8_t secret[static SB_KEYFILE_SECRET_BYTES], struct sb_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && sb_credential_name(path) != NULL) {
        return sb_err_set(err, SB_E_CONFIG,
                          "%s: the service manager offers no credentials to this process "
                          "($CREDENTIALS_DIRECTORY): LoadCredential=%s:PATH in the unit does",
                          path, sb_credential_name(path));
    }
    if (fd < 0) {
        return sb_err_set(err, SB_E_CONFIG, "%s: %s", path, strerror(errno));
    }
    enum sb_rc rc = read_fd(path, fd, kind, secret, err);
    close(fd);
    return rc;
}

enum sb_rc sb_keyfile_write(const char *path, enum sb_keyfile_kind kind,
                            const uint8_t secret[static SB_KEYFILE_SECRET_BYTES],
                            struct sb_err *err)
{
    char key[TEXT_MAX], text[2 * TEXT_MAX];
    switch (kind) {
    case SB_KEYFILE_SIGN: sb_base64_encode(key, secret, SB_KEYFILE_SECRET_BYTES); break;
    case SB_KEYFILE_CURVE: sb_z85_encode(key, secret, SB_KEYFILE_SECRET_BYTES); break;
    }
    int n = snprintf(text, sizeof text,
                     "# secret: whoever has this file can speak as its owner\n"
                     "%s %s\n",
                     words[kind], key);
    enum sb_rc rc = sb_newfile_write(path, 0600, text, (size_t)n, err);
    explicit_bzero(key, sizeof key);
    explicit_bzero(text, sizeof text);
    return rc;
}
