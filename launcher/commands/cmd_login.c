/* SPDX-License-Identifier: MIT */
/* davit login and davit logout: credentials for a registry, in the file that Docker and podman read as well. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/registry_settings.h"
#include "commands/verb_options.h"
#include "registry/credentials_keep.h"

enum { ANSWER_MOST = 65536 };

struct login_values {
	const char *user, *password, *file;
	bool from_input, all;
};

const struct option login_options[] = {
	{ "username", 'u', OPTION_TEXT_OF(login_values, user, "USER"), HELP("who you are there") },
	{ "password", 'p', OPTION_TEXT_OF(login_values, password, "PASSWORD"),
	  HELP("the password, for all to see who list processes") },
	{ "password-stdin", 0, OPTION_FLAG_OF(login_values, from_input),
	  HELP("the password is what standard input has") },
	{ "authfile", 0, OPTION_TEXT_OF(login_values, file, "FILE"),
	  HELP("where (else $REGISTRY_AUTH_FILE or ~/.docker/config.json)") },
	OPTIONS_END
};

const struct option logout_options[] = {
	{ "all", 'a', OPTION_FLAG_OF(login_values, all), HELP("of all registries") },
	{ "authfile", 0, OPTION_TEXT_OF(login_values, file, "FILE"),
	  HELP("where (else $REGISTRY_AUTH_FILE or ~/.docker/config.json)") },
	OPTIONS_END
};

/* --- asking people ----------------------------------------------------------------------------------- */

/* Only that read() comes back, so that the terminal can be put right. */
static void interrupted(int number)
{
	(void)number;
}

/* Standard input up to its end, or up to the end of a line. From ARENA. NULL, said. */
static const char *read_answer(struct arena *arena, bool line)
{
	char *text = arena_alloc(arena, ANSWER_MOST);
	size_t used = 0;
	ssize_t got = 1;

	while (text && got > 0 && used < ANSWER_MOST - 1 && !(line && memchr(text, '\n', used))) {
		got = read(STDIN_FILENO, text + used, ANSWER_MOST - 1 - used);
		if (got < 0) {
			fail(errno, "read standard input");
			return NULL;
		}
		used += (size_t)got;
	}
	if (!text || used == ANSWER_MOST - 1) {
		fail(text ? EFBIG : ENOMEM, "standard input");
		return NULL;
	}
	text[used] = '\0';
	if (used && text[used - 1] == '\n')
		text[--used] = '\0';
	if (used && text[used - 1] == '\r')
		text[--used] = '\0';
	return text;
}

/* A line that is not shown while it is typed. */
static const char *read_hidden(struct arena *arena)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	const struct sigaction action = { .sa_handler = interrupted };
	struct sigaction before[sizeof(numbers) / sizeof(numbers[0])];
	struct termios shown, hidden;
	const char *text;
	size_t i;

	if (tcgetattr(STDIN_FILENO, &shown) < 0) {
		fail(errno, "the terminal");
		return NULL;
	}
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaction(numbers[i], &action, &before[i]);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) < 0) {
		fail(errno, "the terminal");
		text = NULL;
	} else {
		text = read_answer(arena, true);
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
		(void)!write(STDERR_FILENO, "\n", 1);
	}
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaction(numbers[i], &before[i], NULL);
	return text;
}

static const char *ask(struct arena *arena, const char *prompt, bool hidden)
{
	(void)!write(STDERR_FILENO, prompt, strlen(prompt));
	return hidden ? read_hidden(arena) : read_answer(arena, true);
}

/* Returns 0, or -errno, said. */
static int ask_for_rest(struct login_values *given, struct arena *arena)
{
	if (!given->user)
		given->user = ask(arena, "Username: ", false);
	if (given->user && given->from_input)
		given->password = read_answer(arena, false);
	else if (given->user && !given->password)
		given->password = ask(arena, "Password: ", true);
	if (!given->user || !given->password)
		return -EINVAL;
	if (!given->user[0] || strchr(given->user, ':') || !given->password[0])
		return fail(0, "davit login: expected a name without a colon, and a password");
	return 0;
}

/* --- the registry ------------------------------------------------------------------------------------ */

/* HOST, also as people copy it from a browser; the default one for NULL. NULL, said. */
static const char *host_of(struct arena *arena, const struct registry_settings *settings,
			   const char *word)
{
	const char *host = word;

	if (!word)
		return settings->default_host ? settings->default_host : "docker.io";
	if (strncmp(host, "https://", 8) == 0)
		host += 8;
	host = arena_copy(arena, host, strcspn(host, "/"));
	if (!host || !reference_is_host(host)) {
		fail(host ? 0 : ENOMEM,
		     "%s: expected a registry: HOST.DOMAIN, HOST:PORT or localhost", word);
		return NULL;
	}
	return strcmp(host, "index.docker.io") == 0 ? "docker.io" : host;
}

/* Show the registry what was given, before it is kept. */
static int check(struct arena *arena, struct registry_settings *settings, const char *host,
		 const struct login_values *given)
{
	const struct http_request request = { .method = "GET", .url = "/v2/" };
	const struct reference reference = { .host = host, .path = "" };
	struct http_answer answer;
	struct registry registry;
	int ret;

	settings->credentials = arena_print(arena, "%s:%s", given->user, given->password);
	if (!settings->credentials)
		return fail(ENOMEM, "%s", host);
	ret = registry_open(&registry, arena, settings, &reference, REGISTRY_HOST);
	if (ret == 0)
		ret = registry_ask(&answer, &registry, &request, 0);
	registry_close(&registry);
	return ret;
}

static int login(struct arena *arena, struct login_values *given, const char *word)
{
	const char *file = registry_login_file(arena, given->file), *host;
	struct credentials credentials = { 0 };
	struct registry_settings settings;
	int ret = file ? registry_settings_read(&settings, arena) : -EINVAL;

	if (ret < 0)
		return ret;
	host = host_of(arena, &settings, word);
	ret = host ? ask_for_rest(given, arena) : -EINVAL;
	if (ret == 0)
		ret = check(arena, &settings, host, given);
	credentials.user = given->user;
	credentials.password = given->password;
	if (ret == 0)
		ret = credentials_keep(file, host, &credentials);
	return ret == 0 ? say("Login Succeeded\n") : ret;
}

static int logout(struct arena *arena, const struct login_values *given, const char *word)
{
	const char *file = registry_login_file(arena, given->file), *host = NULL, *line;
	struct registry_settings settings;
	int ret = file ? registry_settings_read(&settings, arena) : -EINVAL;

	if (ret == 0 && !given->all) {
		host = host_of(arena, &settings, word);
		ret = host ? 0 : -EINVAL;
	}
	if (ret < 0)
		return ret;
	ret = credentials_forget(file, host);
	if (ret == -ENOENT)
		ret = fail(0, "%s: has nothing of %s", file, host ? host : "any registry");
	if (ret < 0)
		return ret;
	line = arena_print(arena, "Removed the credentials of %s\n", host ? host : "all registries");
	return line ? say(line) : fail(ENOMEM, "logout");
}

int cmd_login(int argc, char **argv)
{
	struct login_values given = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code;

	(void)argc;
	if (verb_read(&given, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		if (words.count > 1)
			fail(0, "davit login: expected one HOST, not %s too", words.items[1]);
		else if (given.password && given.from_input)
			fail(0, "davit login: expected --password or --password-stdin, not both");
		else if (!given.user && (given.from_input || !isatty(STDIN_FILENO)))
			fail(0, "davit login: expected -u USER");
		else if (!given.password && !given.from_input && !isatty(STDIN_FILENO))
			fail(0, "davit login: expected a terminal, or --password-stdin");
		else
			code = login(&arena, &given, words.count ? words.items[0] : NULL) < 0 ?
				       EXIT_FAILED :
				       0;
	}
	arena_close(&arena);
	return code;
}

int cmd_logout(int argc, char **argv)
{
	struct login_values given = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code;

	(void)argc;
	if (verb_read(&given, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		if (words.count + given.all > 1)
			fail(0, "davit logout: expected one HOST, or --all");
		else
			code = logout(&arena, &given, words.count ? words.items[0] : NULL) < 0 ?
				       EXIT_FAILED :
				       0;
	}
	arena_close(&arena);
	return code;
}
