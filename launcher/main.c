/* SPDX-License-Identifier: MIT */
/* The table of verbs, and nothing else. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/relro.h"
#include "base/sys.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "sandbox/failure.h"

const struct verb verbs[] = {
	{ "run", cmd_run, "[OPTION…] IMAGE [COMMAND [ARG…]]",
	  HELP("Launch IMAGE (a name, zip, image layout, squashfs or directory) in a sandbox."),
	  options },
	{ "plan", CONFIG_CMD_PLAN ? cmd_plan : NULL, "[OPTION…] IMAGE [COMMAND [ARG…]]",
	  HELP("Print what davit run would do, step by step, and do nothing."), options },
	{ "exec", CONFIG_CMD_EXEC ? cmd_exec : NULL, "[OPTION…] NAME COMMAND [ARG…]",
	  HELP("Run COMMAND in the sandbox NAME, with its rights and within its limits."),
	  CONFIG_CMD_EXEC ? exec_options : NULL },
	{ "ps", CONFIG_DETACH ? cmd_ps : NULL, "[OPTION…]",
	  HELP("List the sandboxes of this machine."), CONFIG_DETACH ? ps_options : NULL },
	{ "inspect", CONFIG_DETACH ? cmd_inspect : NULL, "[OPTION…] NAME…",
	  HELP("Print all that is known of sandboxes or images, as JSON or by a template."),
	  CONFIG_DETACH ? inspect_options : NULL },
	{ "diff", CONFIG_CMD_DIFF ? cmd_diff : NULL, "NAME",
	  HELP("List what a sandbox added (A), changed (C) and deleted (D) of its image's files."),
	  CONFIG_CMD_DIFF ? diff_options : NULL },
	{ "logs", CONFIG_DETACH ? cmd_logs : NULL, "[OPTION…] NAME",
	  HELP("Print what a detached sandbox wrote."), CONFIG_DETACH ? logs_options : NULL },
	{ "stop", CONFIG_DETACH ? cmd_stop : NULL, "[OPTION…] NAME…",
	  HELP("End sandboxes: by a signal, after a while by SIGKILL."),
	  CONFIG_DETACH ? stop_options : NULL },
	{ "kill", CONFIG_DETACH ? cmd_kill : NULL, "[OPTION…] NAME…",
	  HELP("Send sandboxes a signal."), CONFIG_DETACH ? kill_options : NULL },
	{ "wait", CONFIG_DETACH ? cmd_wait : NULL, "NAME…",
	  HELP("Wait for the end of sandboxes, and print their exit codes."),
	  CONFIG_DETACH ? wait_options : NULL },
	{ "rm", CONFIG_DETACH ? cmd_rm : NULL, "[OPTION…] NAME…",
	  HELP("Remove what is kept of sandboxes that have ended."),
	  CONFIG_DETACH ? rm_options : NULL },
	{ "start", CONFIG_UPDATE ? cmd_start : NULL, "NAME…",
	  HELP("Launch apps in the background, in their current version."),
	  CONFIG_UPDATE ? start_options : NULL },
	{ "update", CONFIG_UPDATE ? cmd_update : NULL, "[OPTION…] NAME [IMAGE]",
	  HELP("Bring up a new version of an app, and keep it when it is healthy."),
	  CONFIG_UPDATE ? update_options : NULL },
	{ "rollback", CONFIG_UPDATE ? cmd_rollback : NULL, "[OPTION…] NAME [VERSION]",
	  HELP("Go back to the version that an app had before."),
	  CONFIG_UPDATE ? rollback_options : NULL },
	{ "versions", CONFIG_UPDATE ? cmd_versions : NULL, "[OPTION…] NAME",
	  HELP("List the versions of an app: current, previous, tried, failed."),
	  CONFIG_UPDATE ? versions_options : NULL },
	{ "build", CONFIG_BUILD ? cmd_build : NULL, "[OPTION…] CONTEXT",
	  HELP("Make an image of a Dockerfile and the files beside it."),
	  CONFIG_BUILD ? build_options : NULL },
	{ "bundle", CONFIG_BUNDLE ? cmd_bundle : NULL, "[OPTION…] IMAGE.zip -o FILE",
	  HELP("Make one executable of davit and an image, which launches it when it is started."),
	  CONFIG_BUNDLE ? bundle_options : NULL },
	{ "doctor", CONFIG_CMD_DOCTOR ? cmd_doctor : NULL, "[--facts]",
	  HELP("Say what this machine lacks, and how to get it; --facts: for davit plan --host."),
	  NULL },
	{ "seccomp", CONFIG_SECCOMP_COMPILE ? cmd_seccomp : NULL, "compile POLICY -o FILE | show FILE",
	  HELP("Compile a system call policy (davit-seccomp(5) or OCI's JSON), or show its answers."),
	  CONFIG_SECCOMP_COMPILE ? seccomp_options : NULL },
	{ "pause", CONFIG_CMD_PAUSE ? cmd_pause : NULL, "NAME…",
	  HELP("Stop all processes of sandboxes where they are."), NULL },
	{ "unpause", CONFIG_CMD_PAUSE ? cmd_unpause : NULL, "NAME…",
	  HELP("Let paused sandboxes go on."), NULL },
	{ "stats", CONFIG_CMD_STATS ? cmd_stats : NULL, "[OPTION…] [NAME…]",
	  HELP("Show what sandboxes use, again every second."),
	  CONFIG_CMD_STATS ? stats_options : NULL },
	{ "top", CONFIG_CMD_TOP ? cmd_top : NULL, "NAME [-ef | -o COLUMN,…]",
	  HELP("List the processes of a sandbox."), NULL },
	{ "images", CONFIG_IMAGES ? cmd_images : NULL, "[OPTION…] [NAME[:TAG]]",
	  HELP("List the images that this machine keeps."), CONFIG_IMAGES ? images_options : NULL },
	{ "load", CONFIG_IMAGES ? cmd_load : NULL, "[OPTION…] -i FILE",
	  HELP("Keep the images of a zip, or of an image layout."),
	  CONFIG_IMAGES ? load_options : NULL },
	{ "tag", CONFIG_IMAGES ? cmd_tag : NULL, "IMAGE NAME[:TAG]",
	  HELP("Give an image one more name."), NULL },
	{ "push", CONFIG_PUSH ? cmd_push : NULL, "[OPTION…] IMAGE [REFERENCE]",
	  HELP("Bring an image and its signatures to a registry: under its own name, or REFERENCE."),
	  CONFIG_PUSH ? push_options : NULL },
	{ "login", CONFIG_REGISTRY ? cmd_login : NULL, "[OPTION…] [HOST]",
	  HELP("Keep a name and a password for a registry, which must take them."),
	  CONFIG_REGISTRY ? login_options : NULL },
	{ "logout", CONFIG_REGISTRY ? cmd_logout : NULL, "[OPTION…] [HOST]",
	  HELP("Forget what davit login, or docker login, has kept for a registry."),
	  CONFIG_REGISTRY ? logout_options : NULL },
	{ "pull", CONFIG_REGISTRY ? cmd_pull : NULL, "[OPTION…] NAME[:TAG|@DIGEST]",
	  HELP("Fetch an image from a registry: of its layers those that are lacking."),
	  CONFIG_REGISTRY ? pull_options : NULL },
	{ "tags", CONFIG_REGISTRY ? cmd_tags : NULL, "[OPTION…] IMAGE",
	  HELP("List the tags that a registry has of an image."),
	  CONFIG_REGISTRY ? tags_options : NULL },
	{ "search", CONFIG_REGISTRY ? cmd_search : NULL, "[HOST/]TERM",
	  HELP("List the images of a registry that have TERM in their names, if it has a catalogue."),
	  NULL },
	{ "rmi", CONFIG_IMAGES ? cmd_rmi : NULL, "[OPTION…] IMAGE…",
	  HELP("Remove names of images, and images without one."),
	  CONFIG_IMAGES ? rmi_options : NULL },
	{ "prune", CONFIG_IMAGES ? cmd_prune : NULL, "[OPTION…]",
	  HELP("Give back the space of what nothing needs any more."),
	  CONFIG_IMAGES ? prune_options : NULL },
	{ "history", CONFIG_IMAGES ? cmd_history : NULL, "[OPTION…] IMAGE",
	  HELP("Show how the layers of an image were made."), CONFIG_IMAGES ? history_options : NULL },
	{ "save", CONFIG_SAVE ? cmd_save : NULL, "-o FILE.zip IMAGE…",
	  HELP("Write images, with their signatures, into one zip."),
	  CONFIG_SAVE ? save_options : NULL },
	{ "keygen", CONFIG_SIGN ? cmd_keygen : NULL, "[NAME]",
	  HELP("Make a pair of keys for signatures: NAME.key and NAME.pub (davit.key, davit.pub)."),
	  CONFIG_SIGN ? keygen_options : NULL },
	{ "sign", CONFIG_SIGN ? cmd_sign : NULL, "--key KEY.pem|pkcs11:URI [OPTION…] IMAGE",
	  HELP("Add a signature of a private key to IMAGE: a kept one, a zip or a layout."),
	  CONFIG_SIGN ? sign_options : NULL },
	{ "verify", CONFIG_SIGNATURE ? cmd_verify : NULL, "[--key PUB.pem]… IMAGE",
	  HELP("Check who signed IMAGE, and every byte of it."),
	  CONFIG_SIGNATURE ? verify_options : NULL },
	{ "version", cmd_version, "", HELP("Print the version and what this davit was built with."),
	  NULL },
	{ "help", cmd_help, "[COMMAND]", HELP("Print the commands, or one command's options."), NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

/* What stands before the verb, and the variable that says the same. */
static const struct {
	const char *name, *variable;
} globals[] = {
	{ "--config", "DAVIT_CONFIG" },
	{ "--root", "DAVIT_ROOT" },
	{ "--run-root", "DAVIT_RUN_ROOT" },
};

enum { GLOBAL_COUNT = sizeof(globals) / sizeof(globals[0]) };

/* The global option that WORD is, or GLOBAL_COUNT; *value is what follows = in it, or NULL. */
static size_t global_find(const char *word, const char **value)
{
	size_t i;

	for (i = 0; i < GLOBAL_COUNT; i++) {
		const size_t length = strlen(globals[i].name);

		if (strncmp(word, globals[i].name, length) != 0 ||
		    (word[length] && word[length] != '='))
			continue;
		*value = word[length] ? word + length + 1 : NULL;
		break;
	}
	return i;
}

/* Returns how many arguments the global options took, or -1, said. */
static int take_globals(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		const char *value;
		size_t number = global_find(argv[i], &value);

		if (number == GLOBAL_COUNT)
			return i;
		if (!value)
			value = argv[++i];
		if (!value || setenv(globals[number].variable, value, 1) < 0) {
			fail(0, "%s needs DIR", globals[number].name);
			return -1;
		}
	}
	return i;
}

static const char *verb_name(const char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return "help";
	return strcmp(word, "--version") == 0 ? "version" : word;
}

int main(int argc, char **argv)
{
	const struct verb *verb;
	int first;

	/* Nobody inside a sandbox may look into davit, or reach its file through /proc. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || sys_open_standard() < 0 || relro_protect() < 0) {
		fail(errno, "protect davit itself (is there a /dev/null?)");
		return EXIT_DAVIT;
	}
	if (CONFIG_BUNDLE && bundle_offset()) {
		argc = bundle_arguments(&argv, argc);
		if (argc < 0) {
			fail(ENOMEM, "arguments");
			return EXIT_DAVIT;
		}
	}
	first = take_globals(argc, argv);
	if (first < 0)
		return EXIT_USAGE;
	if (first == argc)
		return cmd_help(0, NULL) ? EXIT_FAILED : EXIT_USAGE;
	verb = verb_find(verb_name(argv[first]));
	if (!verb)
		return EXIT_USAGE;
	if (!verb->run) {
		fail(0, "davit %s: not in this build", verb->name);
		return EXIT_FAILED;
	}
	/* The verbs with options look for it among them. */
	if (!verb->options && first + 1 < argc &&
	    (strcmp(argv[first + 1], "--help") == 0 || strcmp(argv[first + 1], "-h") == 0))
		return verb_help(verb) < 0 ? EXIT_FAILED : 0;
	return verb->run(argc - first, argv + first);
}
