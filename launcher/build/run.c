/* SPDX-License-Identifier: MIT */
/* RUN and WORKDIR: a command in a sandbox on the layers so far; and a directory. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/tree.h"
#include "build/builder.h"

/* From here on codes are those of davit run and of signals, about which a network says nothing. */
enum { CODE_LAUNCH = 125 };

/* --- WORKDIR ----------------------------------------------------------------------------------------- */

static int make_workdir(struct builder *b, struct stage *stage, const struct instruction *one,
			const char *upper, void *data)
{
	autoclose int root = inside_open(&b->inside, &stage->layers, upper);
	autoclose int fd = -1;

	if (root < 0)
		return root;
	fd = tree_mkdir(root, data, 0755);
	return fd < 0 ? dockerfile_refuse(&b->dockerfile, one, "make the directory /%s: %s",
					  (const char *)data, strerror(-fd)) :
			0;
}

int run_workdir(struct builder *b, struct stage *stage, const struct instruction *one)
{
	const char *text = stage_expand(b, stage, one, one->words.items[0]);
	const char *path = text ? stage_path(b, stage, text) : NULL;
	struct layer_work work = { .run = make_workdir };

	if (!path)
		return -EINVAL;
	if (!text[0])
		return dockerfile_refuse(&b->dockerfile, one, "%s comes to nothing",
					 one->words.items[0]);
	stage->config.workdir = arena_print(b->arena, "/%s", path);
	if (!stage->config.workdir)
		return fail(ENOMEM, "%s", path);
	if (!path[0])
		return stage_note(b, stage, one, false);
	work.data = (void *)path;
	digest_data(&work.inputs, path, strlen(path));
	return layer_step(b, stage, one, &work);
}

/* --- the command ------------------------------------------------------------------------------------- */

/* The first line of a script names who reads the rest. */
static const char *interpreter(struct builder *b, const struct here_document *document)
{
	const char *line = document->text + 2;
	const size_t length = strcspn(line, "\n");

	return arena_print(b->arena, "%.*s <<'%s'\n%s%s\n", (int)length, line, document->name,
			   document->text, document->name);
}

/* What the shell is given: the line, and the here-documents behind it; where the line is only a
 * here-document, that itself. */
static const char *shell_text(struct builder *b, const struct instruction *one)
{
	const char *line = one->words.items[0];
	const struct here_document *document = one->documents;
	struct string text = { 0 };
	size_t i;

	if (one->document_count == 1 && strncmp(line, "<<", 2) == 0 &&
	    line[strcspn(line, " \t;|&>")] == '\0')
		return strncmp(document->text, "#!", 2) == 0 ? interpreter(b, document) :
							       document->text;
	string_add(b->arena, &text, "%s", line);
	for (i = 0; i < one->document_count; i++)
		string_add(b->arena, &text, "\n%s%s", one->documents[i].text, one->documents[i].name);
	return text.text;
}

static int make_argv(struct command *command, struct builder *b, const struct stage *stage,
		     const struct instruction *one)
{
	const struct texts *shell = &stage->config.shell;
	size_t i;

	if (one->is_exec) {
		command->argv = one->words;
		return 0;
	}
	for (i = 0; i < shell->count; i++)
		(void)texts_add(b->arena, &command->argv, shell->items[i]);
	if (!shell->count) {
		(void)texts_add(b->arena, &command->argv, "/bin/sh");
		(void)texts_add(b->arena, &command->argv, "-c");
	}
	(void)texts_add(b->arena, &command->argv, shell_text(b, one));
	return b->arena->failed ? fail(ENOMEM, "%s", b->dockerfile.file) : 0;
}

/* ARG is a variable too, where ENV does not say otherwise. */
static int make_env(struct command *command, struct builder *b, const struct stage *stage)
{
	static const char *const proxies[] = { "HTTP_PROXY",  "http_proxy", "HTTPS_PROXY",
					       "https_proxy", "FTP_PROXY",  "ftp_proxy",
					       "NO_PROXY",    "no_proxy",   "ALL_PROXY",
					       "all_proxy" };
	size_t i;

	for (i = 0; i < stage->args.count; i++)
		(void)pair_put(&command->env, b->arena, stage->args.items[i]);
	for (i = 0; i < sizeof(proxies) / sizeof(proxies[0]); i++) {
		const char *value = pair_find(&b->order->args, proxies[i], strlen(proxies[i]));

		if (value)
			(void)pair_put(&command->env, b->arena,
				       arena_print(b->arena, "%s=%s", proxies[i], value));
	}
	for (i = 0; i < stage->config.env.count; i++)
		(void)pair_put(&command->env, b->arena, stage->config.env.items[i]);
	return b->arena->failed ? fail(ENOMEM, "%s", b->dockerfile.file) : 0;
}

/* --- other machines ---------------------------------------------------------------------------------- */

/* What qemu calls the machine. */
static const char *qemu_name(const struct platform *platform)
{
	static const char *const names[][2] = {
		{ "arm", "arm" },      { "arm64", "aarch64" },     { "riscv64", "riscv64" },
		{ "amd64", "x86_64" }, { "386", "i386" },          { "ppc64le", "ppc64le" },
		{ "s390x", "s390x" },  { "mips64le", "mips64el" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(platform->architecture, names[i][0]) == 0)
			return names[i][1];
	return platform->architecture;
}

/* The kernel must know who runs such programs, and have that opened already (F): it is not in the image. */
static int check_machine(struct builder *b, const struct stage *stage, const struct instruction *one)
{
	const struct platform *platform = &stage->config.platform;
	const char *words, *path;
	char text[1024];
	const char *flags;

	if (platform_fit(platform_own(), platform))
		return 0;
	path = arena_print(b->arena, "/proc/sys/fs/binfmt_misc/qemu-%s", qemu_name(platform));
	words = platform_print(b->arena, platform);
	if (!path || !words)
		return fail(ENOMEM, "%s", b->dockerfile.file);
	if (sys_read_file(text, sizeof(text), AT_FDCWD, path) < 0 || strncmp(text, "enabled", 7) != 0)
		return dockerfile_refuse(
			&b->dockerfile, one,
			"a program for %s does not run on this machine: install qemu-user-static and binfmt-support (Debian), which make %s",
			words, path);
	flags = strstr(text, "flags: ");
	if (!flags || !memchr(flags, 'F', strcspn(flags, "\n")))
		return dockerfile_refuse(
			&b->dockerfile, one,
			"%s lacks the flag F, without which the image itself would have to have qemu: install qemu-user-static",
			path);
	return 0;
}

/* --- RUN --------------------------------------------------------------------------------------------- */

static int check_flags(struct command *command, struct builder *b, const struct instruction *one)
{
	const char *network = instruction_flag(one, "network");
	const bool host = b->order->network && strcmp(b->order->network, "host") == 0;

	if (instruction_flag(one, "mount"))
		return dockerfile_refuse(&b->dockerfile, one, "--mount is not supported");
	if (instruction_flag(one, "security"))
		return dockerfile_refuse(&b->dockerfile, one,
					 "--security is not supported: the sandbox is always on");
	command->network = host;
	if (!network || strcmp(network, "default") == 0)
		return 0;
	if (strcmp(network, "none") != 0 && strcmp(network, "host") != 0)
		return dockerfile_refuse(&b->dockerfile, one,
					 "--network=%s: expected default, none or host", network);
	if (strcmp(network, "host") == 0 && !host)
		return dockerfile_refuse(&b->dockerfile, one,
					 "--network=host must be allowed: davit build --network host");
	command->network = strcmp(network, "host") == 0;
	return 0;
}

static void add_texts(struct hasher *hasher, const struct texts *texts)
{
	size_t i;

	for (i = 0; i < texts->count; i++)
		hasher_add(hasher, texts->items[i], strlen(texts->items[i]) + 1);
	hasher_add(hasher, "", 1);
}

static void repeat(int output)
{
	char text[4096];
	off_t at = 0;
	ssize_t got;

	while ((got = pread(output, text, sizeof(text), at)) > 0) {
		if (sys_write_all(STDERR_FILENO, text, (size_t)got) < 0)
			return;
		at += got;
	}
}

/* A command that fails ends the build, with its code. */
static int do_run(struct builder *b, struct stage *stage, const struct instruction *one,
		  const char *upper, void *data)
{
	struct command *command = data;
	autoclose int output = b->order->quiet ? memfd_create("output", MFD_CLOEXEC) : -1;
	int code;

	command->output = output;
	code = inside_run(&b->inside, &stage->layers, upper, command);
	if (code == 0)
		return 0;
	/* Quiet as long as all is well. */
	if (output >= 0)
		repeat(output);
	if (code < 0)
		return code;
	return dockerfile_refuse(
		&b->dockerfile, one, "the command '%.200s' returned a non-zero code: %d%s",
		one->text, code,
		command->network || code >= CODE_LAUNCH ?
			"" :
			" (it has no network; davit build --network host gives it the host's)");
}

int run_run(struct builder *b, struct stage *stage, const struct instruction *one)
{
	struct command command = { .what = one->text,
				   .user = stage->config.user,
				   .workdir = stage->config.workdir };
	struct layer_work work = { .run = do_run, .data = &command };
	struct hasher hasher;
	int ret = check_flags(&command, b, one);

	if (ret == 0)
		ret = check_machine(b, stage, one);
	if (ret == 0)
		ret = make_argv(&command, b, stage, one);
	if (ret < 0)
		return ret;
	/* Proxies come and go, and nothing of the result depends on them. */
	hasher_begin(&hasher);
	add_texts(&hasher, &command.argv);
	add_texts(&hasher, &stage->args);
	hasher_add(&hasher, command.network ? "host" : "none", 4);
	hasher_end(&work.inputs, &hasher);
	ret = make_env(&command, b, stage);
	return ret == 0 ? layer_step(b, stage, one, &work) : ret;
}
