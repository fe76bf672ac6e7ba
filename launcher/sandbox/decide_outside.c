/* SPDX-License-Identifier: MIT */
/* What others are told about a sandbox: labels, and how to stop it; and what is left to others. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "base/signals.h"
#include "base/text.h"
#include "sandbox/decide.h"

/* KEY=VALUE, the value perhaps empty, as KEY alone has it; the last one of a key counts. */
static int label_add(struct texts *list, struct arena *arena, const char *option, const char *text)
{
	const size_t length = strcspn(text, "=");
	const char *entry = text[length] ? text : arena_print(arena, "%s=", text);
	const char *at;
	size_t i;

	for (at = text; at < text + length; at++) {
		if ((unsigned char)*at <= ' ' || *at == 0x7f)
			return fail(0, "--%s %s: expected KEY=VALUE, the key without blanks",
				    option, text);
	}
	if (!length)
		return fail(0, "--%s %s: expected KEY=VALUE", option, text);
	if (!entry)
		return fail(ENOMEM, "--%s", option);
	for (i = 0; i < list->count; i++) {
		if (strncmp(list->items[i], entry, length + 1) == 0) {
			list->items[i] = entry;
			return 0;
		}
	}
	return texts_add(arena, list, entry) < 0 ? fail(ENOMEM, "--%s", option) : 0;
}

static int decide_labels(struct texts *list, struct arena *arena, const struct texts *wanted,
			 const char *option)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < wanted->count && ret == 0; i++)
		ret = label_add(list, arena, option, wanted->items[i]);
	return ret;
}

static int decide_stop(struct sandbox *sandbox, const struct request *request)
{
	const char *timeout = request->stop_timeout;
	uint64_t seconds = SANDBOX_STOP_TIMEOUT;

	sandbox->stop_signal = SIGTERM;
	if (request->stop_signal && signal_parse(&sandbox->stop_signal, request->stop_signal) < 0)
		return fail(0, "--stop-signal %s: expected a signal, such as TERM or 15",
			    request->stop_signal);
	if (timeout && strcmp(timeout, "-1") != 0 && text_number(&seconds, timeout, INT32_MAX) < 0)
		return fail(0, "--stop-timeout %s: expected seconds, or -1 for no end of waiting",
			    timeout);
	sandbox->stop_timeout = timeout && timeout[0] == '-' ? -1 : (int)seconds;
	return 0;
}

int decide_outside(struct sandbox *sandbox, struct arena *arena, const struct request *request)
{
	int ret = decide_labels(&sandbox->labels, arena, &request->label, "label");

	if (ret == 0)
		ret = decide_labels(&sandbox->annotations, arena, &request->annotation, "annotation");
	if (ret == 0)
		ret = decide_stop(sandbox, request);
	if (ret < 0)
		return ret;
	if (request->restart && strcmp(request->restart, "no") != 0)
		return fail(0,
			    "--restart %s: davit run ends with its app; whoever starts services starts it again",
			    request->restart);
	if (request->privileged && !request->may_be_privileged)
		return fail(0,
			    "--privileged: refused, for want of a policy with privileged = yes (davit.conf(5)); better name what the app needs: --cap-add, --device, --volume");
	return 0;
}
