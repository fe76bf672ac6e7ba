/* SPDX-License-Identifier: MIT */
/* That the program of an image is built for this machine: looked at once, then remembered until the machine starts anew. */
#include <string.h>

#include "base/digest.h"
#include "commands/job.h"
#include "image/program.h"
#include "sandbox/verified.h"

static void add_text(struct hasher *hasher, const char *text)
{
	hasher_add(hasher, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* That this program of this image was found to be right. */
static void make_statement(struct digest *out, const struct image *image,
			   const struct program *program)
{
	struct hasher hasher;

	hasher_begin(&hasher);
	add_text(&hasher, "program");
	add_text(&hasher, image->digest);
	add_text(&hasher, program->name);
	add_text(&hasher, program->search);
	add_text(&hasher, program->workdir);
	hasher_end(out, &hasher);
}

/* The last of its name counts, as for the app. */
static const char *find_search(const struct texts *env)
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < env->count; i++) {
		if (strncmp(env->items[i], "PATH=", 5) == 0)
			found = env->items[i] + 5;
	}
	return found;
}

int job_program(struct job *job)
{
	const struct sandbox *sandbox = &job->sandbox;
	const struct program program = { sandbox->argv.items[0], find_search(&sandbox->env),
					 sandbox->workdir };
	struct verified *verified;
	struct digest statement;
	struct elf machine;
	int ret;

	if (!job->image.digest || job->request.host_file)
		return 0;
	make_statement(&statement, &job->image, &program);
	verified = job_verified(job);
	if (verified && verified_find(verified, &statement))
		return 0;
	elf_own(&machine);
	ret = program_check(&job->arena, &job->image, &program, &machine);
	if (ret == 0 && verified && strcmp(job->request.own_argv[0], "plan") != 0)
		verified_add(verified, &statement);
	return ret < 0 ? ret : 0;
}
