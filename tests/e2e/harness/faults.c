/* Preloaded: from the n-th change of a file below a folder on, every change
 * fails, until the control file says otherwise.
 *
 * FAULTS_FOLDER  the folder
 * FAULTS_CONTROL a file of two int64: changes seen so far, and the first that
 *                fails (0: none); mapped, so that the test may write it
 * FAULTS_ERRNO   what it fails with */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

static _Atomic long* control;
static char folder[PATH_MAX];
static size_t folder_size;
static int failure;

__attribute__((constructor)) static void begin(void) {
  const char* file = getenv("FAULTS_CONTROL");
  const char* where = getenv("FAULTS_FOLDER");
  if (!file || !where)
    return;
  folder_size = strlen(where);
  memcpy(folder, where, folder_size);
  failure = atoi(getenv("FAULTS_ERRNO"));
  int fd = open(file, O_RDWR | O_CLOEXEC);
  void* at = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (at != MAP_FAILED)
    control = at;
}

static int is_below(const char* path) {
  return strncmp(path, folder, folder_size) == 0;
}

static int fails(void) {
  long n = atomic_fetch_add(&control[0], 1) + 1;
  long first = atomic_load(&control[1]);
  if (first == 0 || n < first)
    return 0;
  errno = failure;
  return 1;
}

static int file_fails(int fd) {
  char link[40], path[PATH_MAX];
  if (!control)
    return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0)
    return 0;
  path[size] = 0;
  return is_below(path) && fails();
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ON_FILE(type, name, parameters, arguments) \
  type name parameters {                           \
    if (file_fails(fd))                            \
      return -1;                                   \
    return REAL(name) arguments;                   \
  }

ON_FILE(ssize_t, write, (int fd, const void* p, size_t n), (fd, p, n))
ON_FILE(ssize_t, writev, (int fd, const struct iovec* v, int n), (fd, v, n))
ON_FILE(ssize_t, pwrite, (int fd, const void* p, size_t n, off_t o),
        (fd, p, n, o))
ON_FILE(ssize_t, pwrite64, (int fd, const void* p, size_t n, off64_t o),
        (fd, p, n, o))
ON_FILE(int, ftruncate, (int fd, off_t n), (fd, n))
ON_FILE(int, ftruncate64, (int fd, off64_t n), (fd, n))
ON_FILE(int, fsync, (int fd), (fd))
ON_FILE(int, fdatasync, (int fd), (fd))

#define ON_OPEN(name)                                          \
  int name(const char* path, int flags, ...) {                 \
    va_list more;                                              \
    va_start(more, flags);                                     \
    int mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, int) : 0; \
    va_end(more);                                              \
    if (control && flags & O_CREAT && is_below(path) &&        \
        access(path, F_OK) != 0 && fails())                    \
      return -1;                                               \
    return REAL(name)(path, flags, mode);                      \
  }

ON_OPEN(open)
ON_OPEN(open64)
