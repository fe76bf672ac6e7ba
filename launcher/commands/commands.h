/* SPDX-License-Identifier: MIT */
/* The verbs: each takes its own argv (argv[0] is the verb) and returns the exit code. */
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* Exit codes of davit's own verbs: bad input or failure, and wrong usage. davit run has Docker's instead. */
enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Text that a build without CONFIG_HELP does not carry. */
#define HELP(text) (CONFIG_HELP ? (text) : "")

struct arena;
struct option;
struct texts;

struct verb {
	const char *name;
	int (*run)(int argc, char **argv); /* NULL: not in this build */
	const char *usage;                 /* what follows "davit NAME " */
	const char *summary;
	const struct option *options; /* of its own, --help is one of them too; or NULL */
};

/* All verbs, ended by a row without a name; in main.c. */
extern const struct verb verbs[];

int cmd_run(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_build(int argc, char **argv);
int cmd_bundle(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_seccomp(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_pause(int argc, char **argv);
int cmd_unpause(int argc, char **argv);
int cmd_ps(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_logs(int argc, char **argv);
int cmd_stop(int argc, char **argv);
int cmd_kill(int argc, char **argv);
int cmd_wait(int argc, char **argv);
int cmd_rm(int argc, char **argv);
int cmd_images(int argc, char **argv);
int cmd_load(int argc, char **argv);
int cmd_tag(int argc, char **argv);
int cmd_login(int argc, char **argv);
int cmd_logout(int argc, char **argv);
int cmd_pull(int argc, char **argv);
int cmd_push(int argc, char **argv);
int cmd_tags(int argc, char **argv);
int cmd_search(int argc, char **argv);
int cmd_rmi(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_save(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_keygen(int argc, char **argv);
int cmd_sign(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_start(int argc, char **argv);
int cmd_update(int argc, char **argv);
int cmd_rollback(int argc, char **argv);
int cmd_versions(int argc, char **argv);
int cmd_prune(int argc, char **argv);

/* Where the zip of a bundle begins in davit's own file; 0: it is none. */
uint64_t bundle_offset(void);
/* The arguments for davit, as main() has them, in place of those for a bundle's app: *argv is the
 * caller's. "--davit" as the first makes this davit a plain one. Returns how many, or -ENOMEM. */
int bundle_arguments(char ***argv, int argc);
/* The verb called NAME, or NULL after fail() said so, with the likeliest one. */
const struct verb *verb_find(const char *name);
/* Where live sandboxes are kept: by --run-root before the verb, DAVIT_RUN_ROOT, or /run/davit. */
const char *verb_run_root(void);
/* Where images and what apps write are kept: by --root before the verb, DAVIT_ROOT, or /var/lib/davit. */
const char *verb_root(void);
/* Write how VERB is used to standard output. Returns 0 or -errno. */
int verb_help(const struct verb *verb);
/* Read all of ARGV behind its first word, the verb: options, which may stand anywhere before "--",
 * into VALUES, and the other words into WORDS. Prints the help when it was asked for. Returns 0, or
 * -1 when nothing more is to be done: *code is what to exit with. */
int verb_read(void *values, struct texts *words, struct arena *arena, char **argv, int *code);

#endif
