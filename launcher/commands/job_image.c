/* SPDX-License-Identifier: MIT */
/* The image of a launch: found, held against the policy's keys, and its configuration taken. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "commands/bundle.h"
#include "commands/job.h"
#include "image/oci_image.h"
#include "image/trust.h"
#include "sandbox/verified.h"

static bool knows(void *data, const struct digest *statement)
{
	return verified_find(data, statement);
}

static void learn(void *data, const struct digest *statement)
{
	verified_add(data, statement);
}

struct verified *job_verified(struct job *job)
{
	const char *run_root = job->request.run_root ? job->request.run_root : "/run/davit";

	if (!job->verified) {
		job->verified = verified_open(&job->arena, run_root);
		if (!job->verified)
			fail(ENOMEM, "%s", job->request.image);
	}
	return job->verified;
}

/* That somebody signed it whose key is on this device. */
static int check_signature(const struct image *image, struct arena *arena, void *data)
{
	struct job *job = data;
	struct signature_memory memory = { knows, learn, job_verified(job) };
	struct signer signer;
	struct keys keys;
	int ret = memory.data ? keys_read(&keys, arena, policy_directory()) : -ENOMEM;

	if (ret < 0)
		return ret;
	keys.memory = &memory;
	ret = trust_source(&signer, arena, image->source, &keys, &image->descriptor->digest);
	if (ret == 0)
		job->signed_as = signer.reference;
	return ret;
}

static int refuse_unchecked(const struct image *image, struct arena *arena, void *data)
{
	(void)arena;
	(void)data;
	return fail(0,
		    "%s: the policy wants a signature, which this build cannot check (CONFIG_SIGNATURE)",
		    image->path);
}

/* A bundle is known by the name that it was started by. */
static void name_bundle(struct job *job)
{
	if (!CONFIG_BUNDLE || strncmp(job->request.image, BUNDLE_SELF "@", sizeof(BUNDLE_SELF)) != 0)
		return;
	job->image.path = program_invocation_name;
	job->image.base = program_invocation_short_name;
}

int job_image(struct job *job)
{
	const char *reference = job->request.image;
	const struct image_gate gate = { CONFIG_SIGNATURE ? check_signature : refuse_unchecked, job };
	const struct image_gate *asked = job->policy.verify == VERIFY_SIGNED ? &gate : NULL;
	int ret = CONFIG_UPDATE && job->pinned ?
			  IMAGE_MISSING :
			  image_open(&job->image, &job->arena, reference, asked);

	/* A file comes first: looking for one costs what opening it costs. */
	if (CONFIG_STORE && ret == IMAGE_MISSING)
		ret = job_store(job, asked);
	if (CONFIG_SIGNATURE && ret == 0 && job->signed_as && !job->ran)
		ret = floor_check(&job->floor, &job->arena, verb_root(), job->signed_as,
				  job->image.config->labels);
	if (ret == 0)
		name_bundle(job);
	if (ret == 0 && job->image.config)
		ret = request_take_config(&job->request, &job->arena, &job->image, &job->policy);
	return ret;
}

int job_verity(struct job *job)
{
	const struct image *image = &job->image;
	bool some = false;
	size_t i;

	for (i = 0; i < image->layer_count; i++)
		some = some || image->layers[i].has_verity;
	if (!some || (job->policy.verify == VERIFY_NOTHING && !job->policy.verity))
		return 0;
	if (!job->request.host_file)
		job->host.verity = host_has_verity();
	return job->host.verity ? oci_image_read_verity(&job->image, &job->arena) : 0;
}
