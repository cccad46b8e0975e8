/* Makes the system calls on files under a directory fail, as a sick disk would.
 *
 * Preloaded (ld.so(8), LD_PRELOAD) into a server. FAULTS_UNDER names the directory, as an absolute
 * path without symbolic links; FAULTS_CONTROL a file with a `struct control`, shared by all that
 * run: whoever tests writes the fault into it, and reads how often it struck.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum fault { NONE, FULL, FULL_COPYING, WRITE_FAILS, SYNC_FAILS, READ_FAILS, READ_ONLY };
enum locks { LOCKS_WORK, LOCKS_DO_NOTHING, NO_LOCKS };

struct control {
    int32_t fault; /* an `enum fault` */
    int32_t locks; /* an `enum locks` */
    int64_t room;  /* the bytes that still fit, with FULL and FULL_COPYING */
    int64_t struck;
};

static volatile struct control *control;
static const char *under;

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAULTS_CONTROL");
    under = getenv("FAULTS_UNDER");
    if (!path || !under) return;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) abort(); /* a test without its fault would pass */
    void *shared = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared == MAP_FAILED) abort();
    control = shared;
}

static int is_under(const char *path)
{
    size_t length = strlen(under);
    return !strncmp(path, under, length) && (path[length] == '/' || !path[length]);
}

/* Relative paths are not looked at: the server's settings take whole ones. */
static int is_ours(const char *path)
{
    return control && path && is_under(path);
}

static int is_our_file(int file)
{
    char link[32], path[PATH_MAX];
    if (!control) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_under(path);
}

static int strike(int error)
{
    __atomic_add_fetch((int64_t *)&control->struck, 1, __ATOMIC_SEQ_CST);
    errno = error;
    return -1;
}

/* Tells how many of `size` bytes at `offset` can be written: fewer, or -1 with errno. */
static ssize_t admit(int file, size_t size, off_t offset)
{
    struct stat found;
    int saved = errno;
    if (!control || control->fault == NONE || !is_our_file(file)) {
        errno = saved;
        return (ssize_t)size;
    }
    errno = saved;
    switch (control->fault) {
    case WRITE_FAILS:
        return strike(EIO);
    case READ_ONLY:
        return strike(EROFS);
    case FULL: /* what is there already may be written over */
        if (!fstat(file, &found) && offset + (off_t)size <= found.st_size) return (ssize_t)size;
        /* fall through */
    case FULL_COPYING:
        if (control->room >= (int64_t)size) {
            control->room -= (int64_t)size;
            return (ssize_t)size;
        }
        if (control->room > 0) { /* what still fits is written, and the next call fails */
            size = (size_t)control->room;
            control->room = 0;
            return (ssize_t)size;
        }
        return strike(ENOSPC);
    default:
        return (ssize_t)size;
    }
}

static int admit_change(const char *path)
{
    if (!is_ours(path)) return 0;
    if (control->fault == READ_ONLY) return strike(EROFS);
    return 0;
}

static int admit_file_change(int file)
{
    if (!control || control->fault != READ_ONLY || !is_our_file(file)) return 0;
    return strike(EROFS);
}

static int admit_open(const char *path, int flags)
{
    if (!is_ours(path)) return 0;
    int makes = (flags & O_CREAT) && faccessat(AT_FDCWD, path, F_OK, 0);
    int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) || makes;
    if (control->fault == READ_ONLY && writes) return strike(EROFS);
    if (control->fault == FULL_COPYING && makes && control->room <= 0) return strike(ENOSPC);
    return 0;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        REAL(name); \
        MODE(flags) \
        return admit_open(path, flags) ? -1 : real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int directory, const char *path, int flags, ...) \
    { \
        REAL(name); \
        MODE(flags) \
        return admit_open(path, flags) ? -1 : real(directory, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int file, const void *data, size_t size)
{
    REAL(write);
    off_t offset = control ? lseek(file, 0, SEEK_CUR) : 0;
    ssize_t most = admit(file, size, offset < 0 ? 0 : offset);
    return most < 0 ? -1 : real(file, data, (size_t)most);
}

#define PWRITE(name) \
    ssize_t name(int file, const void *data, size_t size, off_t offset) \
    { \
        REAL(name); \
        ssize_t most = admit(file, size, offset); \
        return most < 0 ? -1 : real(file, data, (size_t)most, offset); \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

static int fails_to_read(int file)
{
    return control && control->fault == READ_FAILS && is_our_file(file);
}

ssize_t read(int file, void *data, size_t size)
{
    REAL(read);
    return fails_to_read(file) ? strike(EIO) : real(file, data, size);
}

#define PREAD(name) \
    ssize_t name(int file, void *data, size_t size, off_t offset) \
    { \
        REAL(name); \
        return fails_to_read(file) ? strike(EIO) : real(file, data, size, offset); \
    }
PREAD(pread)
PREAD(pread64)

static int admit_sync(int file)
{
    if (!control || control->fault != SYNC_FAILS || !is_our_file(file)) return 0;
    return strike(EIO);
}

int fsync(int file)
{
    REAL(fsync);
    return admit_sync(file) ? -1 : real(file);
}

int fdatasync(int file)
{
    REAL(fdatasync);
    return admit_sync(file) ? -1 : real(file);
}

#define TRUNCATE(name) \
    int name(int file, off_t size) \
    { \
        REAL(name); \
        return admit(file, 0, size) < 0 ? -1 : real(file, size); \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define ALLOCATE(name) \
    int name(int file, int mode, off_t offset, off_t size) \
    { \
        REAL(name); \
        ssize_t most = admit(file, (size_t)size, offset); \
        if (most >= 0 && most < size) return strike(ENOSPC); \
        return most < 0 ? -1 : real(file, mode, offset, size); \
    }
ALLOCATE(fallocate)
ALLOCATE(fallocate64)

/* Answers a request for a lock; 0 where the kernel is to do it. */
static int answer_lock(int file, int command, void *argument, int *answer)
{
    int is_asked = command == F_GETLK || command == F_OFD_GETLK;
    int is_set = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK
        || command == F_OFD_SETLKW;
    if (!control || control->locks == LOCKS_WORK || (!is_asked && !is_set)) return 0;
    if (!is_our_file(file)) return 0;
    if (control->locks == NO_LOCKS) {
        *answer = strike(ENOLCK);
        return 1;
    }
    strike(0);
    if (is_asked) ((struct flock *)argument)->l_type = F_UNLCK;
    *answer = 0;
    return 1;
}

#define FCNTL(name) \
    int name(int file, int command, ...) \
    { \
        REAL(name); \
        va_list rest; \
        int answer; \
        va_start(rest, command); \
        void *argument = va_arg(rest, void *); \
        va_end(rest); \
        if (answer_lock(file, command, argument, &answer)) return answer; \
        return real(file, command, argument); \
    }
FCNTL(fcntl)
FCNTL(fcntl64)

int flock(int file, int operation)
{
    REAL(flock);
    if (!control || control->locks == LOCKS_WORK || !is_our_file(file)) return real(file, operation);
    return control->locks == NO_LOCKS ? strike(ENOLCK) : 0;
}

#define CHANGE(name, declared, used) \
    int name declared \
    { \
        REAL(name); \
        return admit_change(path) ? -1 : real used; \
    }
CHANGE(unlink, (const char *path), (path))
CHANGE(rmdir, (const char *path), (path))
CHANGE(mkdir, (const char *path, mode_t mode), (path, mode))
CHANGE(chmod, (const char *path, mode_t mode), (path, mode))
CHANGE(rename, (const char *path, const char *other), (path, other))
CHANGE(unlinkat, (int at, const char *path, int flags), (at, path, flags))
CHANGE(mkdirat, (int at, const char *path, mode_t mode), (at, path, mode))
CHANGE(fchmodat, (int at, const char *path, mode_t mode, int flags), (at, path, mode, flags))
CHANGE(renameat, (int at, const char *path, int to, const char *other), (at, path, to, other))

int fchmod(int file, mode_t mode)
{
    REAL(fchmod);
    return admit_file_change(file) ? -1 : real(file, mode);
}

int access(const char *path, int how)
{
    REAL(access);
    if ((how & W_OK) && admit_change(path)) return -1;
    return real(path, how);
}
