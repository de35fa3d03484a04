// Errors, descriptors and files.
#include "calls.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

const char *tremolo_error_name(int number) { return strerrorname_np(number); }

const char *tremolo_error_text(int number) { return strerrordesc_np(number); }

long tremolo_open(const char *path, int flags, unsigned permissions) {
    int mode = O_CLOEXEC;
    int access = flags & (tremolo_open_read | tremolo_open_write);
    if (access == (tremolo_open_read | tremolo_open_write)) mode |= O_RDWR;
    if (access == tremolo_open_write) mode |= O_WRONLY;
    if (flags & tremolo_open_create) mode |= O_CREAT;
    if (flags & tremolo_open_exclusive) mode |= O_EXCL;
    if (flags & tremolo_open_truncate) mode |= O_TRUNC;
    if (flags & tremolo_open_append) mode |= O_APPEND;
    if (flags & tremolo_open_directory) mode |= O_DIRECTORY;
    if (flags & tremolo_open_no_follow) mode |= O_NOFOLLOW;
    if (flags & tremolo_open_nonblocking) mode |= O_NONBLOCK;
    return RETRY(open(path, mode, (mode_t)permissions));
}

long tremolo_close(int descriptor) {
    long result = ONCE(close(descriptor));
    return result == -EINTR ? 0 : result;
}

long tremolo_read(int descriptor, void *bytes, size_t count) { return RETRY(read(descriptor, bytes, count)); }

long tremolo_write(int descriptor, const void *bytes, size_t count) { return RETRY(write(descriptor, bytes, count)); }

long tremolo_write_no_signal(int descriptor, const void *bytes, size_t count) {
    sigset_t pipe_signal, before, pending;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&pending);
    int was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    long result = RETRY(write(descriptor, bytes, count));
    if (result == -EPIPE && !was_pending) {
        struct timespec at_once = {0, 0};
        while (sigtimedwait(&pipe_signal, NULL, &at_once) < 0 && errno == EINTR) {
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

long tremolo_pread(int descriptor, void *bytes, size_t count, uint64_t offset) {
    return RETRY(pread(descriptor, bytes, count, (off_t)offset));
}

long tremolo_pwrite(int descriptor, const void *bytes, size_t count, uint64_t offset) {
    return RETRY(pwrite(descriptor, bytes, count, (off_t)offset));
}

void tremolo_expect_one_reading(int descriptor) {
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_NOREUSE);
}

long tremolo_start_writeback(int descriptor, uint64_t offset, uint64_t count) {
    return RETRY(sync_file_range(descriptor, (off_t)offset, (off_t)count, SYNC_FILE_RANGE_WRITE));
}

long tremolo_fdatasync(int descriptor) { return ONCE(fdatasync(descriptor)); }

long tremolo_fsync(int descriptor) { return ONCE(fsync(descriptor)); }

long tremolo_memory_file(const char *name) { return RETRY(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)); }

long tremolo_seal(int descriptor) {
    return RETRY(fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL));
}

long tremolo_ftruncate(int descriptor, uint64_t size) { return RETRY(ftruncate(descriptor, (off_t)size)); }

long tremolo_preallocate(int descriptor, uint64_t size) {
    return RETRY(fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, (off_t)size));
}

static long status_from(long result, const struct stat *from, struct tremolo_status *to) {
    if (result < 0) return result;
    to->size = (uint64_t)from->st_size;
    to->inode = (uint64_t)from->st_ino;
    to->device = (uint64_t)from->st_dev;
    to->modified_seconds = (int64_t)from->st_mtim.tv_sec;
    to->modified_nanoseconds = (int64_t)from->st_mtim.tv_nsec;
    to->changed_seconds = (int64_t)from->st_ctim.tv_sec;
    to->changed_nanoseconds = (int64_t)from->st_ctim.tv_nsec;
    to->links = (uint64_t)from->st_nlink;
    to->mode = (uint32_t)from->st_mode;
    to->user = (uint32_t)from->st_uid;
    to->group = (uint32_t)from->st_gid;
    return 0;
}

long tremolo_fstat(int descriptor, struct tremolo_status *status) {
    struct stat found;
    return status_from(RETRY(fstat(descriptor, &found)), &found, status);
}

long tremolo_set_modified(int descriptor, uint64_t nanoseconds) {
    struct timespec times[2] = {
        {.tv_nsec = UTIME_OMIT},
        {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)},
    };
    return RETRY(futimens(descriptor, times));
}

long tremolo_require_readable(const char *path) { return RETRY(access(path, R_OK)); }

long tremolo_stat(const char *path, struct tremolo_status *status) {
    struct stat found;
    return status_from(RETRY(stat(path, &found)), &found, status);
}

long tremolo_lstat(const char *path, struct tremolo_status *status) {
    struct stat found;
    return status_from(RETRY(lstat(path, &found)), &found, status);
}

long tremolo_mkdir(const char *path, unsigned permissions) { return RETRY(mkdir(path, (mode_t)permissions)); }

long tremolo_rename(const char *from, const char *to) { return RETRY(rename(from, to)); }

long tremolo_unlink(const char *path) { return RETRY(unlink(path)); }

long tremolo_rmdir(const char *path) { return RETRY(rmdir(path)); }

long tremolo_link(const char *existing, const char *created) { return RETRY(link(existing, created)); }

long tremolo_symlink(const char *target, const char *created) { return RETRY(symlink(target, created)); }

long tremolo_readlink(const char *path, char *bytes, size_t count) { return RETRY(readlink(path, bytes, count)); }

long tremolo_resolve(const char *path, char *bytes, size_t count) {
    char *found = realpath(path, NULL);
    if (!found) return -errno;
    size_t length = strlen(found);
    long result = length <= count ? (long)length : -ENAMETOOLONG;
    if (result > 0) memcpy(bytes, found, length);
    free(found);
    return result;
}

long tremolo_chmod(const char *path, unsigned permissions) { return RETRY(chmod(path, (mode_t)permissions)); }

long tremolo_fchmod(int descriptor, unsigned permissions) { return RETRY(fchmod(descriptor, (mode_t)permissions)); }

long tremolo_chown(const char *path, unsigned user, unsigned group) {
    return RETRY(chown(path, (uid_t)user, (gid_t)group));
}

long tremolo_flock_exclusive(int descriptor) { return RETRY(flock(descriptor, LOCK_EX | LOCK_NB)); }

long tremolo_flock_await(int descriptor) { return RETRY(flock(descriptor, LOCK_EX)); }

long tremolo_disk_space(const char *path, uint64_t *free_bytes, uint64_t *total_bytes) {
    struct statvfs found;
    long result = RETRY(statvfs(path, &found));
    if (result < 0) return result;
    *free_bytes = (uint64_t)found.f_bavail * (uint64_t)found.f_frsize;
    *total_bytes = (uint64_t)found.f_blocks * (uint64_t)found.f_frsize;
    return 0;
}

long tremolo_list(const char *path, void *context, void (*each)(void *context, const char *name)) {
    DIR *folder = opendir(path);
    if (folder == NULL) return -(long)errno;
    long result = 0;
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            result = -(long)errno;
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) each(context, entry->d_name);
    }
    closedir(folder);
    return result;
}
