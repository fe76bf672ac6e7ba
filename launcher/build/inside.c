/* SPDX-License-Identifier: MIT */
/* Sandboxes of a build: one whose root davit gets, and one in which a command runs. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "build/inside.h"
#include "image/squashfs.h"
#include "sandbox/launch.h"
#include "sandbox/policy_apply.h"

enum { LENT_SCRATCH = 1 << 20 };

#define RESOLVER "/etc/resolv.conf"

int inside_begin(struct inside *inside, struct arena *arena, const struct store *store)
{
	const char *run_root = getenv("DAVIT_RUN_ROOT");
	int ret;

	*inside = (struct inside){ .arena = arena,
				   .store = store,
				   .run_root = run_root && run_root[0] ? run_root : "/run/davit" };
	ret = policy_read(&inside->policy, arena, policy_directory());
	if (ret == 0)
		ret = host_read(&inside->host);
	return ret < 0 ? ret : host_read_controllers(&inside->host, 0);
}

/* --- the layers -------------------------------------------------------------------------------------- */

static void layers_close(struct image *image)
{
	while (image->layer_count > 0)
		fd_close(&image->layers[--image->layer_count].fd);
}

static bool is_repeated(const struct layers *layers, size_t number)
{
	size_t i;

	for (i = number + 1; i < layers->count; i++)
		if (digest_same(&layers->items[i].digest, &layers->items[number].digest))
			return true;
	return false;
}

static int layer_open(struct layer *layer, const struct inside *inside,
		      const struct descriptor *descriptor)
{
	const struct source source = { .path = inside->store->root, .fd = inside->store->fd };
	char digest[DIGEST_TEXT];
	struct blob blob;
	int ret = source_blob(&blob, &source, &descriptor->digest, descriptor->size);

	if (ret < 0)
		return ret;
	digest_print(digest, &descriptor->digest);
	digest[IMAGE_SHORT] = '\0';
	*layer = (struct layer){ .path = arena_print(inside->arena, "layer %s", digest),
				 .offset = blob.offset,
				 .fd = blob.fd,
				 .blob_size = blob.size,
				 .descriptor = descriptor };
	ret = layer->path ? squashfs_check(layer, blob.size) : fail(ENOMEM, "layer");
	return ret == SQUASHFS_ZIP ? fail(0, "%s: no squashfs, but a zip", layer->path) : ret;
}

/* The image of LAYERS; there may be none. Of two that are alike overlayfs takes the upper one. */
static int layers_image(struct image *image, const struct inside *inside, const struct layers *layers)
{
	size_t i;
	int ret = 0;

	*image = (struct image){ .kind = IMAGE_LAYERS, .path = "the build", .base = "build", .fd = -1 };
	image->layers = arena_alloc(inside->arena, (layers->count + 1) * sizeof(*image->layers));
	if (!image->layers)
		return fail(ENOMEM, "build");
	for (i = 0; i < layers->count && ret == 0; i++) {
		struct layer *layer = &image->layers[image->layer_count];

		if (is_repeated(layers, i))
			continue;
		layer->fd = -1;
		image->layer_count++;
		ret = layer_open(layer, inside, &layers->items[i]);
	}
	if (ret < 0)
		layers_close(image);
	return ret;
}

/* --- a child for each sandbox ------------------------------------------------------------------------ */

/* The launch is another process's: waiting for an app, davit lets go of memory that a build still needs. */
static int launch_apart(struct arena *arena, const struct plan *plan, const struct host *host,
			int output)
{
	const pid_t own = getpid();
	int status;
	pid_t pid;

	(void)fflush(stdout);
	pid = sys_fork_alike();
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != own)
			_exit(EXIT_FAILURE);
		if (output >= 0 &&
		    (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0))
			_exit(EXIT_FAILURE);
		_exit(launch(arena, plan, host, NULL));
	}
	if (pid < 0)
		return fail((int)-pid, "fork");
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return fail(errno, "wait");
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   fail(0, "the sandbox of the build was killed");
}

static const char *next_name(struct inside *inside)
{
	return arena_print(inside->arena, "build-%d-%u", (int)getpid(), ++inside->number);
}

/* --- opening ----------------------------------------------------------------------------------------- */

static int lend(struct inside *inside, const struct sandbox *sandbox)
{
	autoclose int here = -1, there = -1;
	struct plan plan;
	int pair[2], root = -1, ret;
	char byte;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(errno, "make a socket for the build");
	here = pair[0];
	there = pair[1];
	ret = plan_lend(&plan, inside->arena, sandbox, there);
	if (ret == 0)
		ret = launch_apart(inside->arena, &plan, &inside->host, -1);
	if (ret != 0)
		return ret < 0 ? ret : -EIO;
	if (sys_receive(here, &byte, 1, &root) != 1 || root < 0)
		return fail(0, "the root of the build did not come");
	return root;
}

int inside_open(struct inside *inside, const struct layers *layers, const char *upper)
{
	struct sandbox sandbox = { .name = next_name(inside),
				   .run_root = inside->run_root,
				   .kept = upper,
				   .writable = upper != NULL,
				   .layered = upper != NULL,
				   .namespaces = CLONE_NEWNS,
				   .scratch_size = LENT_SCRATCH };
	struct image image = { 0 };
	int ret = layers_image(&image, inside, layers);

	if (ret < 0)
		return ret;
	sandbox.image = &image;
	sandbox.state = arena_print(inside->arena, "%s/%s", inside->run_root, sandbox.name);
	ret = sandbox.state ? lend(inside, &sandbox) : fail(ENOMEM, "build");
	layers_close(&image);
	return ret;
}

/* --- running ----------------------------------------------------------------------------------------- */

/* With the host's network go the servers that it asks for names. */
static int request_network(struct request *request, struct arena *arena, const struct command *command)
{
	request->network = command->network ? "host" : "none";
	if (!command->network || access(RESOLVER, R_OK) < 0)
		return 0;
	return texts_add(arena, &request->volume, RESOLVER ":" RESOLVER ":ro") < 0 ?
		       fail(ENOMEM, "build") :
		       0;
}

/* In a build, /tmp and /run are the image's own. */
static int decide(struct sandbox *sandbox, struct inside *inside, const struct image *image,
		  const struct request *request, const char *upper)
{
	int ret = sandbox_decide(sandbox, inside->arena, request, image, &inside->host);

	if (ret == 0)
		ret = policy_apply(sandbox, &inside->policy, inside->arena, &inside->host, true);
	sandbox->kept = upper;
	sandbox->writable = true;
	sandbox->layered = true;
	sandbox->scratch_count = 0;
	sandbox->digests = false;
	sandbox->verity = false;
	return ret;
}

static int run(struct inside *inside, const struct image *image, const struct request *request,
	       const char *upper, int output)
{
	struct sandbox sandbox;
	struct plan plan;
	int ret = decide(&sandbox, inside, image, request, upper);

	if (ret == 0)
		ret = plan_make(&plan, inside->arena, &sandbox, &inside->host);
	return ret < 0 ? ret : launch_apart(inside->arena, &plan, &inside->host, output);
}

int inside_run(struct inside *inside, const struct layers *layers, const char *upper,
	       const struct command *command)
{
	struct request request = { .image = "build",
				   .name = next_name(inside),
				   .hostname = "davit-build",
				   .run_root = inside->run_root,
				   .command = command->argv,
				   .env = command->env,
				   .user = command->user,
				   .workdir = command->workdir,
				   .rm = true };
	struct image image = { 0 };
	int ret = request_network(&request, inside->arena, command);

	if (ret == 0)
		ret = layers_image(&image, inside, layers);
	if (ret < 0)
		return ret;
	ret = run(inside, &image, &request, upper, command->output);
	layers_close(&image);
	return ret;
}

/* What is empty there now was not there before: a mount point of an image that has one is not copied up. */
void inside_trim(const char *upper)
{
	static const char *const points[] = { "upper/dev", "upper/proc", "upper/sys" };
	autoclose int dir = openat(AT_FDCWD, upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	size_t i;

	for (i = 0; dir >= 0 && i < sizeof(points) / sizeof(points[0]); i++)
		(void)unlinkat(dir, points[i], AT_REMOVEDIR);
	if (dir >= 0 && fstatat(dir, "upper" RESOLVER, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && st.st_size == 0)
		(void)unlinkat(dir, "upper" RESOLVER, 0);
}
