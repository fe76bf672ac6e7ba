/* SPDX-License-Identifier: MIT */
/* Davit's own file, where its code stays inside a sandbox: never to be written from there.
 *
 * Who may look into a process can reach its program's file by /proc/PID/exe, and who holds that
 * file may write to it as far as the mount that it was executed from lets him: so davit, which is
 * root's, could be replaced from inside (CVE-2019-5736). A program that names /proc/self/exe as its
 * interpreter even makes davit's file its own. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "sandbox/self.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* Linux 6.3; without it, later kernels warn or refuse. memfd_create(2) */
#define MFD_EXEC_FLAG 0x10U

/* Says to the davit that is executed that it was. */
static const char marker[] = "DAVIT_SELF";

/* These have no way of being written at all. */
static bool is_never_written(int self)
{
	static const unsigned long types[] = { SQUASHFS_MAGIC, EROFS_SUPER_MAGIC_V1, CRAMFS_MAGIC,
					       ISOFS_SUPER_MAGIC };
	struct statfs fs;
	size_t i;

	if (fstatfs(self, &fs) < 0)
		return false;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if ((unsigned long)fs.f_type == types[i])
			return true;
	}
	return false;
}

static bool is_sealed(int self)
{
	int seals = fcntl(self, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

static bool is_read_only(int self)
{
	struct statvfs fs;

	return fstatvfs(self, &fs) == 0 && fs.f_flag & ST_RDONLY;
}

/* Returns a descriptor of the copy, or -errno. */
static int copy_make(int self)
{
	const unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	long fd = syscall(SYS_memfd_create, "davit", flags | MFD_EXEC_FLAG);
	autoclose int copy = -1;
	struct stat st;

	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_memfd_create, "davit", flags);
	if (fd < 0 || fstat(self, &st) < 0)
		return -errno;
	copy = (int)fd;
	while (st.st_size > 0) {
		ssize_t done = sendfile(copy, self, NULL, (size_t)st.st_size);

		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		st.st_size -= done;
	}
	if (fchmod(copy, 0555) < 0 || fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return -errno;
	return steal_fd(&copy);
}

/* The copy serves where the kernel cannot make such a mount, and where the file is not of this mount namespace. */
static int protected_open(int self)
{
	int fd = sys_read_only_mount(self);

	return fd < 0 ? copy_make(self) : fd;
}

static int execute_again(int self, char *const *argv)
{
	autoclose int file = protected_open(self);
	size_t count = 0, i;
	char **again;
	int ret;

	if (file < 0)
		return fail(-file,
			    "protect davit's own file (put davit on a squashfs, or CONFIG_MEMFD_CREATE into the kernel)");
	while (argv[count])
		count++;
	again = calloc(count + 2, sizeof(*again));
	if (!again)
		return fail(ENOMEM, "protect davit's own file");
	again[0] = (char *)"davit";
	for (i = 0; i < count; i++)
		again[i + 1] = argv[i];
	ret = setenv(marker, "1", 1) < 0 ? -ENOMEM : sys_execute(file, again, environ);
	free(again);
	return fail(-ret, "execute davit from a protected file");
}

int self_protect(char *const *argv)
{
	autoclose int self = openat(AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const bool again = getenv(marker) != NULL;

	if (self < 0)
		return fail(errno, "open davit's own file");
	if (again && unsetenv(marker) < 0)
		return fail(errno, "environment");
	if (is_never_written(self) || is_sealed(self) || (again && is_read_only(self)))
		return 0;
	return again ? fail(0, "davit's own file can still be written after it was protected") :
		       execute_again(self, argv);
}
