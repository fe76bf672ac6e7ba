/* SPDX-License-Identifier: MIT */
/* Fetches one layer: into the store, or through a converter, going on from where it broke off. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "image/layer_audit.h"
#include "registry/layers.h"
#include "store/partial.h"

enum {
	WINDOW = 65536,
	FAILURES_MOST = 5, /* in a row */
	WORTH = 4096,      /* bytes between two that make a row end */
	UNIT = 1024,
	LAYER_NAME = 512
};

/* What a try has come to, beside 0 and -errno: another one may help. */
enum { FETCH_AGAIN = 1 };

/* One layer on its way. */
struct fetch {
	const struct layers *layers;
	const struct descriptor *descriptor;
	struct progress_item *item;
	struct store_writer writer; /* into a partial blob; or, without a name, into a pipe */
	bool joined; /* it did not come in one piece, which may be why its digest is wrong */
	bool anew;   /* it has been begun once more from zero for that */
};

static void show(const struct fetch *fetch, enum progress_state state)
{
	fetch->item->units = (uint32_t)(fetch->writer.size / UNIT);
	fetch->item->state = state;
}

/* As people know it: "web:1: layer 0123456789ab". */
static const char *name_layer(char name[LAYER_NAME], const struct fetch *fetch)
{
	char hex[DIGEST_HEX + 1];

	digest_print_hex(hex, &fetch->descriptor->digest);
	snprintf(name, LAYER_NAME, "%s: layer %.12s", fetch->layers->what, hex);
	return name;
}

/* --- bytes ------------------------------------------------------------------------------------------- */

/* A pipe that breaks is not said here, but by who was to read it. */
static int arrive(struct store_writer *writer, const void *data, size_t length)
{
	int ret;

	if (writer->name[0])
		return partial_write(writer, data, length);
	ret = sys_write_all(writer->fd, data, length);
	if (ret < 0)
		return ret == -EPIPE ? ret : fail(-ret, "write to a pipe");
	hasher_add(&writer->hasher, data, length);
	writer->size += length;
	return 0;
}

/* Where an answer begins earlier than asked, SKIP bytes are passed over. Returns 0 when its end is
 * reached, FETCH_AGAIN where going on may help, or -errno, said: -EBADMSG for what is to be thrown away. */
static int receive(struct fetch *fetch, uint64_t skip)
{
	const uint64_t size = fetch->descriptor->size;
	unsigned char window[WINDOW];
	char name[LAYER_NAME];
	int ret = 0;

	while (ret == 0) {
		const ssize_t got = http_read(fetch->layers->registry->http, window, sizeof(window));
		const size_t passed = got > 0 && skip < (uint64_t)got ? (size_t)skip : (size_t)got;
		size_t fresh;

		if (got < 0)
			return got == -EPROTO || got == -ENOMEM ? (int)got : FETCH_AGAIN;
		if (got == 0)
			break;
		skip -= passed;
		fresh = (size_t)got - passed;
		if (fresh > size - fetch->writer.size) {
			fail(0, "%s: more came than the %llu bytes that it should have",
			     name_layer(name, fetch), (unsigned long long)size);
			return -EBADMSG;
		}
		if (fresh > 0)
			ret = arrive(&fetch->writer, window + passed, fresh);
		show(fetch, PROGRESS_MOVING);
	}
	if (ret == 0 && fetch->writer.size < size)
		fail(0, "%s: the answer ended after %llu of %llu bytes", name_layer(name, fetch),
		     (unsigned long long)fetch->writer.size, (unsigned long long)size);
	return ret == 0 && fetch->writer.size < size ? FETCH_AGAIN : ret;
}

/* One request, and its answer. Returns as receive(). */
static int ask(struct fetch *fetch)
{
	struct registry *registry = fetch->layers->registry;
	uint64_t from = fetch->writer.size;
	int ret = registry_blob(&from, registry, fetch->descriptor);
	char name[LAYER_NAME];

	if (ret < 0)
		return ret;
	if (from > fetch->writer.size)
		return fail(0, "%s: bytes from %llu on were asked for, not from %llu",
			    name_layer(name, fetch), (unsigned long long)fetch->writer.size,
			    (unsigned long long)from);
	return receive(fetch, fetch->writer.size - from);
}

/* 1, 2, 4 … seconds. */
static void pause_after(unsigned int failures)
{
	struct timespec left = { .tv_sec = 1L << (failures - 1) };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
}

/* All that is lacking, however often it breaks off, as long as something comes. */
static int ask_all(struct fetch *fetch)
{
	unsigned int failures = 0;
	int ret = 0;

	fetch->item->from = (uint32_t)(fetch->writer.size / UNIT);
	show(fetch, PROGRESS_MOVING);
	while (ret == 0 && fetch->writer.size < fetch->descriptor->size) {
		const uint64_t before = fetch->writer.size;

		ret = ask(fetch);
		if (ret != FETCH_AGAIN)
			continue;
		fetch->joined = true;
		failures = fetch->writer.size >= before + WORTH ? 1 : failures + 1;
		if (failures < FAILURES_MOST) {
			show(fetch, PROGRESS_RETRYING);
			pause_after(failures);
			ret = 0;
		} else if (registry_pass_over(fetch->layers->registry, "breaks off too often")) {
			failures = 0;
			ret = 0;
		} else {
			ret = -ECONNRESET;
		}
	}
	return ret;
}

/* --- as it is ---------------------------------------------------------------------------------------- */

/* Nothing that cannot be mounted gets the name of a blob. */
static int audit(const struct fetch *fetch)
{
	const struct blob blob = { .fd = fetch->writer.fd, .size = fetch->writer.size };
	char name[LAYER_NAME];

	return layer_audit_some(&blob, fetch->descriptor, name_layer(name, fetch));
}

/* What came is wrong. What was there before may have been spoilt, by a power cut for one; a mirror
 * may lie. Returns FETCH_AGAIN or -errno, said. */
static int reject(struct fetch *fetch)
{
	char name[LAYER_NAME];

	store_abandon(&fetch->writer);
	if (fetch->joined && !fetch->anew) {
		fetch->anew = true;
		return FETCH_AGAIN;
	}
	if (registry_pass_over(fetch->layers->registry, "wrong bytes"))
		return FETCH_AGAIN;
	return fail(0, "%s: what came does not have this digest", name_layer(name, fetch));
}

/* All has come. Returns 0, FETCH_AGAIN or -errno, said. What is wrong is gone. */
static int keep(struct fetch *fetch)
{
	const struct digest *expected = &fetch->descriptor->digest;
	struct hasher hasher;
	struct digest digest;

	show(fetch, PROGRESS_CHECKING);
	hasher_copy(&hasher, &fetch->writer.hasher);
	hasher_end(&digest, &hasher);
	if (!digest_same(&digest, expected))
		return reject(fetch);
	return audit(fetch) < 0 ? -EBADMSG : store_finish(&digest, &fetch->writer, expected);
}

static int fetch_plain(struct fetch *fetch)
{
	const struct descriptor *descriptor = fetch->descriptor;
	int ret;

	do {
		ret = partial_open(&fetch->writer, fetch->layers->store, &descriptor->digest,
				   descriptor->size);
		if (ret != 0)
			return ret < 0 ? ret : 0;
		fetch->joined = fetch->writer.size > 0;
		ret = ask_all(fetch);
		if (ret == 0)
			ret = keep(fetch);
		if (ret == -EBADMSG || !fetch->writer.size)
			store_abandon(&fetch->writer);
		partial_leave(&fetch->writer);
	} while (ret == FETCH_AGAIN);
	return ret;
}

/* --- through a converter ----------------------------------------------------------------------------- */

/* In a process of its own: what comes out of PIPE becomes a layer. */
static int convert(const struct fetch *fetch, struct converted *out, int pipe)
{
	const struct layers *layers = fetch->layers;
	struct descriptor layer = *fetch->descriptor;
	struct digest diff_id;
	int ret = layers->convert(&layer, &diff_id, layers->store, pipe);

	return ret == 0 ? converted_note(out, &layer, &diff_id, &fetch->descriptor->digest) : ret;
}

/* Returns its pid, or -errno, said; writer.fd is where it reads from. */
static pid_t converter_start(struct fetch *fetch, struct converted *out)
{
	const pid_t parent = getpid();
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(errno, "pipe");
	pid = sys_fork_alike();
	if (pid == 0) {
		close(ends[1]);
		_exit(prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
		      convert(fetch, out, ends[0]) < 0);
	}
	close(ends[0]);
	fetch->writer = (struct store_writer){ .store = fetch->layers->store, .fd = ends[1] };
	hasher_begin(&fetch->writer.hasher);
	if (pid > 0)
		return pid;
	close(ends[1]);
	return fail((int)-pid, "start a process that converts layers");
}

/* It has seen all of the layer, whose digest is right, or it ends here. */
static int converter_end(struct fetch *fetch, pid_t pid, int ret)
{
	int status = 0;

	/* It must not take what came for a whole: its end is that of the pipe. */
	if (ret < 0 && ret != -EPIPE)
		(void)kill(pid, SIGKILL);
	fd_close(&fetch->writer.fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (ret < 0 && ret != -EPIPE)
		return ret;
	if (WIFSIGNALED(status))
		return fail(0, "%s: the process that converts a layer was killed by signal %d",
			    fetch->layers->what, WTERMSIG(status));
	if (ret < 0 && !status)
		return fail(0, "%s: a layer has bytes behind the end of its tar",
			    fetch->layers->what);
	return status ? -EIO : 0;
}

/* Returns 0 or -errno, said: -EBADMSG where what came is wrong. */
static int check_tar(struct fetch *fetch)
{
	char name[LAYER_NAME];
	struct digest digest;

	show(fetch, PROGRESS_CHECKING);
	hasher_end(&digest, &fetch->writer.hasher);
	if (digest_same(&digest, &fetch->descriptor->digest))
		return 0;
	fail(0, "%s: what came does not have this digest", name_layer(name, fetch));
	return -EBADMSG;
}

/* What the converter does not take to its end may be a mirror's fault too. */
static int fetch_tar(struct fetch *fetch, struct converted *out)
{
	bool wrong;
	int ret;

	do {
		const pid_t pid = converter_start(fetch, out);

		if (pid < 0)
			return (int)pid;
		ret = ask_all(fetch);
		if (ret == 0)
			ret = check_tar(fetch);
		wrong = ret == -EBADMSG || ret == -EPIPE;
		ret = converter_end(fetch, pid, ret);
	} while (ret < 0 && wrong && registry_pass_over(fetch->layers->registry, "wrong bytes"));
	return ret;
}

int layer_fetch(const struct layers *layers, size_t number)
{
	const struct layer_item *layer = &layers->items[number];
	struct fetch fetch = { .layers = layers,
			       .descriptor = layer->descriptor,
			       .item = &layers->progress.items[number],
			       .writer = { .fd = -1 } };
	int ret = registry_connect(layers->registry);

	if (ret == 0)
		ret = layer->tar ? fetch_tar(&fetch, layer->converted) : fetch_plain(&fetch);
	if (ret == 0)
		show(&fetch, PROGRESS_DONE);
	return ret;
}
