/* SPDX-License-Identifier: MIT */
/* What was asked for a sandbox beside what the kernel says it has. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "commands/receipt.h"
#include "commands/table.h"
#include "sandbox/capability.h"

enum { COLUMNS = 4, GAP = 3, TEXT_ROOM = 4096, MOUNTS_ROOM = 65536, TARGET_FIELD = 5 };

struct receipt {
	struct arena *arena;
	const struct record *record;
	struct table table;
	char status[TEXT_ROOM]; /* /proc/PID/status */
	size_t weaker;
};

static void row(struct receipt *receipt, const char *what, const char *asked, const char *effective,
		bool holds)
{
	table_add(&receipt->table, receipt->arena, what);
	table_add(&receipt->table, receipt->arena, asked);
	table_add(&receipt->table, receipt->arena, effective);
	table_add(&receipt->table, receipt->arena, holds ? "ok" : "WEAKER");
	receipt->weaker += !holds;
}

static uint64_t mask_of(const char *text)
{
	return text ? strtoull(text, NULL, 16) : 0;
}

/* The hexadecimal number behind NAME in a line of the process's status; all ones when there is none. */
static uint64_t status_mask(const struct receipt *receipt, const char *name)
{
	const char *at = strstr(receipt->status, name);

	return at ? strtoull(at + strlen(name), NULL, 16) : UINT64_MAX;
}

static const char *capability_words(struct arena *arena, uint64_t mask)
{
	struct string text = { 0 };
	unsigned int i, count = 0;

	for (i = 0; i < 64; i++)
		count += (unsigned int)(mask >> i & 1);
	string_add(arena, &text, "%u of them, %" PRIx64, count, mask);
	return text.text;
}

static void capabilities(struct receipt *receipt)
{
	static const char *const sets[][2] = { { "bounding set", "\nCapBnd:" },
					       { "permitted capabilities", "\nCapPrm:" },
					       { "effective capabilities", "\nCapEff:" },
					       { "inheritable capabilities", "\nCapInh:" } };
	const uint64_t asked = mask_of(record_field(receipt->arena, receipt->record, "capabilities"));
	size_t i;

	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		const uint64_t held = status_mask(receipt, sets[i][1]);

		row(receipt, sets[i][0], capability_words(receipt->arena, asked),
		    capability_words(receipt->arena, held), !(held & ~asked));
	}
}

static void privileges(struct receipt *receipt)
{
	const char *asked = record_field(receipt->arena, receipt->record, "seccomp");
	const bool may = record_has_flag(receipt->record, "new-privileges");
	const bool filter = asked && strcmp(asked, "none") != 0;
	uint64_t set = 0, mode = 0;

	(void)text_field(&set, receipt->status, "NoNewPrivs:");
	(void)text_field(&mode, receipt->status, "Seccomp:");
	row(receipt, "no new privileges", may ? "no" : "yes", set ? "yes" : "no", may || set == 1);
	row(receipt, "system call filter", filter ? asked : "none", mode == 2 ? "loaded" : "none",
	    !filter || mode == 2);
}

static void namespaces(struct receipt *receipt)
{
	static const struct {
		const char *name, *file;
		uint64_t flag;
	} list[] = { { "mount namespace", "mnt", CLONE_NEWNS },
		     { "process namespace", "pid", CLONE_NEWPID },
		     { "network namespace", "net", CLONE_NEWNET },
		     { "ipc namespace", "ipc", CLONE_NEWIPC },
		     { "host name namespace", "uts", CLONE_NEWUTS },
		     { "cgroup namespace", "cgroup", CLONE_NEWCGROUP },
		     { "user namespace", "user", CLONE_NEWUSER } };
	const uint64_t asked = mask_of(record_field(receipt->arena, receipt->record, "namespaces"));
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		char path[64], theirs[64] = "", ours[64] = "";
		const bool own = asked & list[i].flag;
		bool apart;

		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)receipt->record->pid,
			 list[i].file);
		if (readlink(path, theirs, sizeof(theirs) - 1) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/ns/%s", list[i].file);
		(void)!readlink(path, ours, sizeof(ours) - 1);
		apart = strcmp(theirs, ours) != 0;
		row(receipt, list[i].name, own ? "its own" : "the machine's",
		    apart ? "its own" : "the machine's", !own || apart);
	}
}

/* The first of two files of the app's cgroup that is there, in one line. */
static const char *control(struct receipt *receipt, enum controller controller, const char *file2,
			   const char *file1)
{
	const char *own = record_cgroup(receipt->arena, receipt->record, controller);
	const char *const files[] = { file2, file1 };
	char path[PATH_MAX], text[256];
	size_t i;

	for (i = 0; own && i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", own, files[i]);
		if (sys_read_file(text, sizeof(text), AT_FDCWD, path) < 0)
			continue;
		text[strcspn(text, "\n")] = '\0';
		return arena_copy(receipt->arena, text, strlen(text));
	}
	return "not there";
}

/* The number that a limit's file begins with is at most what was asked for. */
static void limit(struct receipt *receipt, const char *what, const char *key, const char *says,
		  uint64_t most)
{
	const uint64_t asked = record_number(receipt->record, key);
	char *end;
	const uint64_t value = strtoull(says, &end, 10);

	if (asked)
		row(receipt, what, arena_print(receipt->arena, "%" PRIu64, asked), says,
		    end != says && value <= most);
}

/* v2: "QUOTA PERIOD", in microseconds; v1: a file for each. */
static void processor(struct receipt *receipt)
{
	const uint64_t asked = record_number(receipt->record, "cpu");
	const char *quota = control(receipt, CONTROLLER_CPU, "cpu.max", "cpu.cfs_quota_us");
	const char *period = strchr(quota, ' ');
	uint64_t used, length;

	if (!asked)
		return;
	if (!period)
		period = control(receipt, CONTROLLER_CPU, "cpu.cfs_period_us", "cpu.cfs_period_us");
	used = strtoull(quota, NULL, 10);
	length = strtoull(period, NULL, 10);
	row(receipt, "thousandths of a processor", arena_print(receipt->arena, "%" PRIu64, asked),
	    length ? arena_print(receipt->arena, "%" PRIu64, used * 1000 / length) : quota,
	    used && length && used * 1000 / length <= asked);
}

static void limits(struct receipt *receipt)
{
	limit(receipt, "memory in bytes", "memory",
	      control(receipt, CONTROLLER_MEMORY, "memory.max", "memory.limit_in_bytes"),
	      record_number(receipt->record, "memory"));
	limit(receipt, "processes", "pids", control(receipt, CONTROLLER_PIDS, "pids.max", "pids.max"),
	      record_number(receipt->record, "pids"));
	processor(receipt);
}

/* The options of the mount on TARGET, the last if there are several, which is what the app sees; or
 * NULL. "ID PARENT DEVICE ROOT TARGET OPTIONS …", proc(5) */
static const char *mount_options(struct arena *arena, const char *mounts, const char *target)
{
	const size_t length = strlen(target);
	const char *line, *found = NULL;

	for (line = mounts; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *at = line;
		int field;

		for (field = 1; at && field < TARGET_FIELD; field++) {
			at = strchr(at, ' ');
			at = at ? at + 1 : NULL;
		}
		if (at && strncmp(at, target, length) == 0 && at[length] == ' ')
			found = at + length + 1;
	}
	return found ? arena_copy(arena, found, strcspn(found, " ")) : NULL;
}

/* True when WORD stands between commas. */
static bool has_option(const char *options, const char *word)
{
	const size_t length = strlen(word);
	const char *at = options;

	while (at && (at = strstr(at, word))) {
		if ((at == options || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
		at += length;
	}
	return false;
}

static void mount_row(struct receipt *receipt, const char *mounts, const char *target,
		      const char *const *words)
{
	const char *options = mount_options(receipt->arena, mounts, target);
	struct string asked = { 0 };
	bool holds = options != NULL;

	for (; *words; words++) {
		string_add(receipt->arena, &asked, "%s%s", asked.length ? "," : "", *words);
		holds = holds && has_option(options, *words);
	}
	row(receipt, target, asked.text, options ? options : "not mounted", holds);
}

static void mounts(struct receipt *receipt)
{
	static const char *const writable[] = { "nosuid", "nodev", NULL },
				 *const read_only[] = { "ro", "nosuid", "nodev", NULL },
				 *const closed[] = { "ro", "nosuid", "nodev", "noexec", NULL },
				 *const dev[] = { "ro", "nosuid", "noexec", NULL };
	char path[64], *text = arena_alloc(receipt->arena, MOUNTS_ROOM);

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)receipt->record->pid);
	if (!text || sys_read_file(text, MOUNTS_ROOM, AT_FDCWD, path) < 0) {
		row(receipt, "mounts", "to be seen", "not to be read", false);
		return;
	}
	mount_row(receipt, text, "/",
		  record_has_flag(receipt->record, "read-only") ? read_only : writable);
	mount_row(receipt, text, "/dev", dev);
	if (record_has_flag(receipt->record, "privileged"))
		return;
	mount_row(receipt, text, "/proc/sys", closed);
	mount_row(receipt, text, "/sys", closed);
}

/* Each cgroup that was made for it lists the process, by its number on this machine. */
static void membership(struct receipt *receipt)
{
	char path[PATH_MAX], text[TEXT_ROOM], number[16];
	enum controller i;

	snprintf(number, sizeof(number), "%d", (int)receipt->record->pid);
	for (i = 0; i < CONTROLLER_COUNT; i++) {
		const char *cgroup = record_cgroup(receipt->arena, receipt->record, i);
		bool in;

		if (!cgroup)
			continue;
		snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
		in = sys_read_file(text, sizeof(text), AT_FDCWD, path) >= 0 &&
		     text_has_word(text, number);
		row(receipt, arena_print(receipt->arena, "cgroup of %s", controller_names[i]),
		    "in it", in ? "in it" : "not in it", in);
	}
}

int receipt_print(struct string *text, struct arena *arena, const struct record *record)
{
	struct receipt *receipt = arena_alloc(arena, sizeof(*receipt));
	const char *table;
	char path[64];

	if (!receipt)
		return fail(ENOMEM, "receipt");
	if (record->state != RECORD_RUNNING)
		return fail(0, "%s: the sandbox is not running", record->name);
	receipt->arena = arena;
	receipt->record = record;
	receipt->table.columns = COLUMNS;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)record->pid);
	if (sys_read_file(receipt->status, sizeof(receipt->status), AT_FDCWD, path) < 0)
		return fail(0, "%s: the sandbox is not running", record->name);
	table_add(&receipt->table, arena, record->name);
	table_add(&receipt->table, arena, "ASKED");
	table_add(&receipt->table, arena, "EFFECTIVE");
	table_add(&receipt->table, arena, "");
	capabilities(receipt);
	privileges(receipt);
	namespaces(receipt);
	limits(receipt);
	membership(receipt);
	mounts(receipt);
	table = table_print(arena, &receipt->table, GAP);
	/* All of it was about that very process. */
	if (record_signal(record, 0) == -ESRCH)
		return fail(0, "%s: the sandbox ended meanwhile", record->name);
	string_add(arena, text, "%s", table ? table : "");
	return receipt->weaker ? fail(0, "%s: %zu of these are weaker than asked for", record->name,
				      receipt->weaker) :
				 0;
}
