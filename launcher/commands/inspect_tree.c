/* SPDX-License-Identifier: MIT */
/* All that is known of a sandbox, under Docker's names. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/signals.h"
#include "commands/inspect_tree.h"
#include "commands/json_print.h"
#include "commands/moment.h"
#include "commands/summary.h"

enum { NANO_CPU = 1000000 };

/* What the parts below work on. */
struct tree {
	struct leaves *leaves;
	struct arena *arena;
	const struct record *record;
	struct summary summary;
};

static void add_text(const struct tree *tree, const char *path, const char *text)
{
	leaf_add(tree->leaves, tree->arena, path, LEAF_TEXT, text);
}

static void add_truth(const struct tree *tree, const char *path, bool truth)
{
	leaf_add(tree->leaves, tree->arena, path, LEAF_RAW, truth ? "true" : "false");
}

static void add_number(const struct tree *tree, const char *path, uint64_t number)
{
	leaf_add(tree->leaves, tree->arena, path, LEAF_RAW,
		 arena_print(tree->arena, "%" PRIu64, number));
}

static const char *field(const struct tree *tree, const char *key)
{
	const char *word = record_field(tree->arena, tree->record, key);

	return word ? word : "";
}

static void add_field(const struct tree *tree, const char *path, const char *key)
{
	add_text(tree, path, field(tree, key));
}

static void add_words(const struct tree *tree, const char *path, enum leaf_kind kind, const char *key)
{
	struct texts words = { 0 };

	(void)record_all(&words, tree->arena, tree->record, key);
	leaf_add_items(tree->leaves, tree->arena, path, kind, &words);
}

static void add_flag(const struct tree *tree, const char *path, const char *word)
{
	add_truth(tree, path, record_has_flag(tree->record, word));
}

/* As Docker writes a point in time that has not come. */
static const char *time_text(const struct tree *tree, uint64_t seconds)
{
	return seconds ? moment_print(tree->arena, seconds * MOMENT_SECOND) : "0001-01-01T00:00:00Z";
}

static void add_state(const struct tree *tree)
{
	const struct summary *summary = &tree->summary;
	const bool runs = tree->record->state == RECORD_RUNNING;
	const bool over = tree->record->state == RECORD_EXITED;

	add_text(tree, "State.Status", summary->state);
	add_truth(tree, "State.Running", runs);
	add_truth(tree, "State.Paused", strcmp(summary->state, "paused") == 0);
	add_truth(tree, "State.Restarting", false);
	add_truth(tree, "State.OOMKilled", over && summary->ending.oom);
	add_truth(tree, "State.Dead", false);
	add_number(tree, "State.Pid", runs ? (uint64_t)tree->record->pid : 0);
	add_number(tree, "State.ExitCode", over ? (uint64_t)summary->ending.code : 0);
	add_text(tree, "State.Error", "");
	add_text(tree, "State.StartedAt", time_text(tree, summary->created));
	add_text(tree, "State.FinishedAt", time_text(tree, over ? summary->ending.finished : 0));
}

/* SOURCE:TARGET or SOURCE:TARGET:ro, of "ro|rw SOURCE TARGET". */
static void add_binds(const struct tree *tree)
{
	struct texts words = { 0 }, binds = { 0 };
	size_t i;

	(void)record_all(&words, tree->arena, tree->record, "volume");
	for (i = 0; i + 2 < words.count; i += 3) {
		const char *bind =
			arena_print(tree->arena, "%s:%s%s", words.items[i + 1], words.items[i + 2],
				    strcmp(words.items[i], "ro") == 0 ? ":ro" : "");

		if (bind)
			(void)texts_add(tree->arena, &binds, bind);
	}
	leaf_add_items(tree->leaves, tree->arena, "HostConfig.Binds", LEAF_LIST, &binds);
}

static void add_mounts(const struct tree *tree)
{
	struct texts words = { 0 };
	struct string text = { 0 };
	size_t i;

	(void)record_all(&words, tree->arena, tree->record, "volume");
	string_add(tree->arena, &text, "[");
	for (i = 0; i + 2 < words.count; i += 3) {
		string_add(tree->arena, &text, "%s{\"Type\":\"bind\",\"Source\":", i ? "," : "");
		json_quote(tree->arena, &text, words.items[i + 1]);
		string_add(tree->arena, &text, ",\"Destination\":");
		json_quote(tree->arena, &text, words.items[i + 2]);
		string_add(tree->arena, &text, ",\"Mode\":\"%s\",\"RW\":%s}", words.items[i],
			   strcmp(words.items[i], "rw") == 0 ? "true" : "false");
	}
	string_add(tree->arena, &text, "]");
	leaf_add(tree->leaves, tree->arena, "Mounts", LEAF_RAW, text.text);
}

static void add_host_config(const struct tree *tree)
{
	const uint64_t memory = record_number(tree->record, "memory");
	const uint64_t log = record_number(tree->record, "log");

	add_binds(tree);
	add_text(tree, "HostConfig.LogConfig.Type", log ? "local" : "none");
	if (log)
		add_text(tree, "HostConfig.LogConfig.Config.max-size",
			 arena_print(tree->arena, "%" PRIu64, log));
	add_text(tree, "HostConfig.NetworkMode", tree->summary.network);
	add_text(tree, "HostConfig.RestartPolicy.Name", "no");
	add_number(tree, "HostConfig.RestartPolicy.MaximumRetryCount", 0);
	add_flag(tree, "HostConfig.AutoRemove", "rm");
	add_flag(tree, "HostConfig.Init", "init");
	add_flag(tree, "HostConfig.ReadonlyRootfs", "read-only");
	add_number(tree, "HostConfig.Memory", memory);
	add_number(tree, "HostConfig.MemorySwap",
		   memory ? memory + record_number(tree->record, "swap") : 0);
	add_number(tree, "HostConfig.NanoCpus", record_number(tree->record, "cpu") * NANO_CPU);
	add_number(tree, "HostConfig.PidsLimit", record_number(tree->record, "pids"));
	add_words(tree, "HostConfig.GroupAdd", LEAF_LIST, "group");
	add_words(tree, "HostConfig.Annotations", LEAF_MAP, "annotation");
}

/* Of an image that says so. */
static void add_health(const struct tree *tree)
{
	add_words(tree, "Config.ExposedPorts", LEAF_LIST, "port");
	if (!record_field(tree->arena, tree->record, "health"))
		return;
	add_words(tree, "Config.Healthcheck.Test", LEAF_LIST, "health");
	add_number(tree, "Config.Healthcheck.Interval",
		   record_number(tree->record, "health-interval"));
	add_number(tree, "Config.Healthcheck.Timeout", record_number(tree->record, "health-timeout"));
	add_number(tree, "Config.Healthcheck.StartPeriod",
		   record_number(tree->record, "health-start"));
	add_number(tree, "Config.Healthcheck.Retries", record_number(tree->record, "health-retries"));
}

static void add_config(const struct tree *tree)
{
	const char *name = signal_name((int)record_number(tree->record, "stop"));
	struct texts stop = { 0 };

	(void)record_all(&stop, tree->arena, tree->record, "stop");
	add_field(tree, "Config.Hostname", "hostname");
	add_field(tree, "Config.User", "user");
	add_flag(tree, "Config.Tty", "tty");
	add_flag(tree, "Config.OpenStdin", "interactive");
	add_words(tree, "Config.Env", LEAF_LIST, "env");
	add_words(tree, "Config.Cmd", LEAF_LIST, "args");
	add_field(tree, "Config.Image", "image");
	add_field(tree, "Config.WorkingDir", "workdir");
	add_words(tree, "Config.Labels", LEAF_MAP, "label");
	add_health(tree);
	add_text(tree, "Config.StopSignal",
		 name       ? arena_print(tree->arena, "SIG%s", name) :
		 stop.count ? stop.items[0] :
			      "");
	leaf_add(tree->leaves, tree->arena, "Config.StopTimeout", LEAF_RAW,
		 stop.count == 2 ? stop.items[1] : "null");
}

/* What Docker has no name for. */
static void add_own(const struct tree *tree)
{
	struct texts cgroups = { 0 };
	size_t i;

	for (i = 0; i < CONTROLLER_COUNT; i++) {
		const char *path = record_cgroup(tree->arena, tree->record, (enum controller)i);
		const char *entry =
			path ? arena_print(tree->arena, "%s=%s", controller_names[i], path) : NULL;

		if (entry)
			(void)texts_add(tree->arena, &cgroups, entry);
	}
	leaf_add_items(tree->leaves, tree->arena, "Davit.Cgroups", LEAF_MAP, &cgroups);
	add_field(tree, "Davit.ImageDigest", "digest");
	add_field(tree, "Davit.Kept", "kept");
	add_field(tree, "Davit.Capabilities", "capabilities");
	add_field(tree, "Davit.Namespaces", "namespaces");
	add_field(tree, "Davit.Seccomp", "seccomp");
	add_flag(tree, "Davit.Detached", "detached");
}

int inspect_tree(struct leaves *leaves, struct arena *arena, const struct record *record)
{
	const char *name = arena_copy(arena, record->name, strlen(record->name));
	struct tree tree = { .leaves = leaves, .arena = arena, .record = record };
	struct texts args = { 0 };

	if (summary_make(&tree.summary, arena, record) < 0)
		return -ENOMEM;
	add_text(&tree, "Id", name);
	add_text(&tree, "Created", time_text(&tree, tree.summary.created));
	add_text(&tree, "Path", tree.summary.args.count ? tree.summary.args.items[0] : "");
	if (tree.summary.args.count > 1)
		args = (struct texts){ tree.summary.args.items + 1, tree.summary.args.count - 1 };
	leaf_add_items(leaves, arena, "Args", LEAF_LIST, &args);
	add_state(&tree);
	add_text(&tree, "Image", tree.summary.image);
	add_text(&tree, "Name", arena_print(arena, "/%s", name ? name : ""));
	add_number(&tree, "RestartCount", 0);
	add_text(&tree, "Platform", "linux");
	add_host_config(&tree);
	add_mounts(&tree);
	add_config(&tree);
	add_own(&tree);
	return arena->failed ? fail(ENOMEM, "%s", record->name) : 0;
}
