/* SPDX-License-Identifier: MIT */
/* How a detached app ended. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "base/sys.h"
#include "base/text.h"
#include "config.h"
#include "sandbox/ending.h"
#include "sandbox/pause.h"

/* A killed davit takes its app along by SIGKILL. */
enum { TEXT_ROOM = 256, CODE_KILLED = 128 + 9, LINE_ROOM = 256 };

static uint64_t seconds(clockid_t clock)
{
	struct timespec now;

	return clock_gettime(clock, &now) == 0 ? (uint64_t)now.tv_sec : 0;
}

static int write_down(int dir, struct ending *ending)
{
	autoclose int fd =
		openat(dir, "ended", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	char text[TEXT_ROOM];

	if (fd < 0)
		return -errno;
	ending->finished = seconds(CLOCK_REALTIME);
	ending->uptime = seconds(CLOCK_BOOTTIME);
	snprintf(text, sizeof(text),
		 "code %d\noom %d\nfinished %" PRIu64 "\nuptime %" PRIu64 "\nend\n", ending->code,
		 ending->oom, ending->finished, ending->uptime);
	return sys_write_all(fd, text, strlen(text));
}

static int dir_open(int run_root, const char *name)
{
	int fd = openat(run_root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

int ending_keep(int run_root, const char *name, int code, bool oom)
{
	autoclose int dir = dir_open(run_root, name);
	struct ending ending = { .code = code, .oom = oom };

	return dir < 0 ? dir : write_down(dir, &ending);
}

/* Nothing is kept of where it was frozen once. */
static int commit(int dir)
{
	if (CONFIG_CMD_PAUSE)
		pause_forget(dir);
	return renameat(dir, "ended", dir, "exit") < 0 ? -errno : 0;
}

int ending_commit(int run_root, const char *name)
{
	autoclose int dir = dir_open(run_root, name);

	return dir < 0 ? dir : commit(dir);
}

static int read_named(struct ending *ending, int dir, const char *name)
{
	char text[TEXT_ROOM];
	ssize_t got = sys_read_file(text, sizeof(text), dir, name);
	uint64_t code, oom;

	if (got < 0)
		return (int)got;
	if (text_field(&code, text, "code ") < 0 || text_field(&oom, text, "oom ") < 0 ||
	    text_field(&ending->finished, text, "finished ") < 0 ||
	    text_field(&ending->uptime, text, "uptime ") < 0 || !strstr(text, "\nend\n"))
		return -EIO;
	ending->code = (int)(code & 0xff);
	ending->oom = oom > 0;
	return 0;
}

int ending_read(struct ending *ending, int dir)
{
	*ending = (struct ending){ 0 };
	return read_named(ending, dir, "exit");
}

int ending_code(int *code, int dir, int waiting)
{
	struct ending ending;
	uint64_t number;
	char text[64];
	ssize_t got;

	if (ending_read(&ending, dir) == 0) {
		*code = ending.code;
		return 0;
	}
	got = waiting < 0 ? -1 : pread(waiting, text, sizeof(text) - 1, 0);
	if (got <= 0)
		return -ENOENT;
	text[got] = '\0';
	if (text_field(&number, text, "code ") < 0)
		return -ENOENT;
	*code = (int)number;
	return 0;
}

/* Line "flags" of the record stands before anything that is long. */
static bool is_kept(int dir)
{
	autoclose int fd = openat(dir, "pid", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[LINE_ROOM], *line;
	ssize_t got = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	if (got < 0)
		return false;
	text[got] = '\0';
	line = strstr(text, "\nflags ");
	if (!line)
		return false;
	line++;
	line[strcspn(line, "\n")] = '\0';
	return text_has_word(line, "detached") && !text_has_word(line, "rm");
}

int ending_settle(int dir)
{
	struct ending ending;
	int ret = 0;

	if (ending_read(&ending, dir) == 0)
		return 1;
	if (!is_kept(dir))
		return 0;
	if (read_named(&ending, dir, "ended") < 0) {
		ending = (struct ending){ .code = CODE_KILLED };
		ret = write_down(dir, &ending);
	}
	if (ret == 0)
		ret = commit(dir);
	return ret < 0 ? ret : 1;
}
