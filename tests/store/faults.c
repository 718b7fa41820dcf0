/* Preloaded into a process: its disk fails as FAULT says, "CALL NUMBER ERRNO": the NUMBER-th write or sync of a
 * journal's files and all after it fail with ERRNO; ERRNO 0 writes half of what was asked and then fails with EIO. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int calls = 0;

static int journal(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "journal.db") != NULL && strstr(path, "-shm") == NULL;
}

static int fails(const char *call, int fd, int *error) {
    char wanted[16];
    int number;
    const char *fault = getenv("FAULT");
    if (fault == NULL || sscanf(fault, "%15s %d %d", wanted, &number, error) != 3) return 0;
    if (strcmp(wanted, call) != 0 || !journal(fd)) return 0;
    return __sync_add_and_fetch(&calls, 1) >= number;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    int error;
    if (real == NULL) real = dlsym(RTLD_NEXT, "pwrite64");
    if (!fails("write", fd, &error)) return real(fd, data, size, at);
    if (error == 0) {
        static int halves = 0;
        if (halves++ == 0) return real(fd, data, size / 2, at);
        error = EIO;
    }
    errno = error;
    return -1;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

static int sync_as(const char *name, int fd) {
    int error;
    if (fails("sync", fd, &error)) {
        errno = error;
        return -1;
    }
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    return real(fd);
}

int fsync(int fd) { return sync_as("fsync", fd); }

int fdatasync(int fd) { return sync_as("fdatasync", fd); }
