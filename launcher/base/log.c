/* SPDX-License-Identifier: MIT */
/* Error, warning and output lines; each error leaves in one write, so that lines never mix. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"

enum { LINE_SIZE = 6144, LINE_MOST = 800 };

/* The log level, and what all errors are about. */
static bool hushed;
static const char *about;

/* What is too long to be read loses its middle: a value, not what is said about it. */
static size_t line_cut(char *line, size_t length)
{
	static const char mark[] = " ... ";
	const size_t head = LINE_MOST / 4, tail = LINE_MOST - head;

	if (length <= LINE_MOST)
		return length;
	memcpy(line + head, mark, sizeof(mark) - 1);
	memmove(line + head + sizeof(mark) - 1, line + length - tail, tail);
	return LINE_MOST + sizeof(mark) - 1;
}

__attribute__((format(printf, 3, 0))) static void line_write(const char *prefix, int err,
							     const char *format, va_list args)
{
	char line[LINE_SIZE];
	size_t used = 0;
	int ret = snprintf(line, sizeof(line), "%s%s%s", prefix, about ? about : "",
			   about ? ": " : "");

	if (ret > 0)
		used = (size_t)ret;
	ret = vsnprintf(line + used, sizeof(line) - used, format, args);
	if (ret > 0)
		used += (size_t)ret;
	if (used < sizeof(line) && err)
		used += (size_t)snprintf(line + used, sizeof(line) - used, ": %s", strerror(err));
	if (used > sizeof(line) - 1)
		used = sizeof(line) - 1;
	used = line_cut(line, used);
	line[used] = '\0';
	text_tame(line);
	line[used++] = '\n';
	(void)sys_write_all(STDERR_FILENO, line, used);
}

void log_hush(bool on)
{
	hushed = on;
}

void log_about(const char *file)
{
	about = file;
}

int fail(int err, const char *format, ...)
{
	va_list args;

	if (hushed)
		return err ? -err : -EINVAL;
	va_start(args, format);
	line_write("davit: ", err, format, args);
	va_end(args);
	return err ? -err : -EINVAL;
}

void warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_write("davit: warning: ", 0, format, args);
	va_end(args);
}

int say(const char *text)
{
	int ret = sys_write_all(STDOUT_FILENO, text, strlen(text));

	if (ret < 0)
		return fail(-ret, "write to standard output");
	return 0;
}
