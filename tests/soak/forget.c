/* What a power cut does, for one process: writes to the log's files that were not synced are forgotten.
 *
 * Before each write to a file `log.db` or `log.db-wal` its old content is put on record in $FORGET_DIR; a sync of that
 * file wipes the record. Whoever killed the process puts the recorded content back (tests/soak/power.py), newest first.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST 1024
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int record_of[MOST]; /* 0: not looked at; -1: not ours; else the record's descriptor */

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static int record(int fd) {
    if (fd < 0 || fd >= MOST) return -1;
    if (record_of[fd]) return record_of[fd];
    char link[64], path[4096], name[4352];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return record_of[fd] = -1;
    path[length] = 0;
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    const char *folder = getenv("FORGET_DIR");
    if (!folder || (strcmp(base, "log.db") && strcmp(base, "log.db-wal"))) return record_of[fd] = -1;
    snprintf(name, sizeof name, "%s/%s", folder, base);
    int found = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return record_of[fd] = found > 0 ? found : -1;
}

/* One record: offset, bytes that follow, size of the file before; then the bytes. */
static void remember(int fd, uint64_t offset, uint64_t count) {
    static ssize_t (*plain)(int, const void *, size_t);
    if (!plain) plain = real("write");
    int to = record(fd);
    if (to < 0) return;
    struct stat now;
    if (fstat(fd, &now)) return;
    uint64_t size = now.st_size;
    uint64_t old = offset >= size ? 0 : (offset + count > size ? size - offset : count);
    uint64_t head[3] = {offset, old, size};
    char *whole = malloc(sizeof head + old);
    if (!whole) abort();
    memcpy(whole, head, sizeof head);
    if (old && pread(fd, whole + sizeof head, old, offset) != (ssize_t)old) abort();
    if (plain(to, whole, sizeof head + old) != (ssize_t)(sizeof head + old)) abort();
    free(whole);
}

static void synced(int fd) {
    static int (*plain)(int, off_t);
    if (!plain) plain = real("ftruncate64");
    int to = record(fd);
    if (to >= 0) plain(to, 0);
}

#define LOCKED(body) pthread_mutex_lock(&lock); body; pthread_mutex_unlock(&lock)

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t offset) {
    static ssize_t (*plain)(int, const void *, size_t, off64_t);
    ssize_t done;
    if (!plain) plain = real("pwrite64");
    LOCKED(remember(fd, offset, count); done = plain(fd, data, count, offset));
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t count, off_t offset) { return pwrite64(fd, data, count, offset); }

int ftruncate64(int fd, off64_t size) {
    static int (*plain)(int, off64_t);
    struct stat now;
    int done;
    if (!plain) plain = real("ftruncate64");
    LOCKED(
        if (!fstat(fd, &now) && now.st_size > size) remember(fd, size, now.st_size - size);
        else remember(fd, size, 0);
        done = plain(fd, size));
    return done;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) {
    static int (*plain)(int);
    int done;
    if (!plain) plain = real("fsync");
    LOCKED(done = plain(fd); if (!done) synced(fd));
    return done;
}

int fdatasync(int fd) {
    static int (*plain)(int);
    int done;
    if (!plain) plain = real("fdatasync");
    LOCKED(done = plain(fd); if (!done) synced(fd));
    return done;
}

int close(int fd) {
    static int (*plain)(int);
    if (!plain) plain = real("close");
    pthread_mutex_lock(&lock);
    if (fd >= 0 && fd < MOST) {
        if (record_of[fd] > 0) plain(record_of[fd]);
        record_of[fd] = 0;
    }
    int done = plain(fd);
    pthread_mutex_unlock(&lock);
    return done;
}
