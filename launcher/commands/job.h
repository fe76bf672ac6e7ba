/* SPDX-License-Identifier: MIT */
/* One launch from command line to plan: what davit run and davit plan have in common. */
#ifndef COMMANDS_JOB_H
#define COMMANDS_JOB_H

#include "base/arena.h"
#include "image/image.h"
#include "sandbox/decide.h"
#include "sandbox/plan.h"
#include "sandbox/policy_apply.h"
#include "store/floor.h"

struct job {
	struct arena arena;
	struct request request;
	struct host host;
	struct policy policy;
	struct image image;
	const char *signed_as; /* what a signature that is trusted calls it, or NULL */
	struct floor floor;
	struct sandbox sandbox;
	struct plan plan;
	struct verified *verified; /* of an OCI image: what was checked before */
	struct texts again[2];     /* of an app that can be updated: struct sandbox has it too */
	/* Of a version of an app. */
	const struct descriptor
		*pinned;    /* of its manifest in the store, whatever the name means now; or NULL */
	bool ran;           /* it ran here before, and the operator wants it: no floor is asked */
	const char *notify; /* a socket of this machine that its readiness can be told to, or NULL */
	bool notifies; /* it is given that: asked for here, or by its label io.davit.notify, which sets it */
};

/* Why a job was not prepared. */
enum { JOB_HELP = 1, JOB_USAGE };

/* Read ARGV, gather what it refers to, open the image, decide, plan. Touches nothing. Returns 0, JOB_HELP when
 * --help was asked for, JOB_USAGE for wrong options, or -errno; said by fail(). */
int job_prepare(struct job *job, int argc, char **argv);
/* The same in two parts, for a request that comes from elsewhere: between them, fill job->request,
 * and what is of a version. ARGV is davit's own, from the verb on. */
void job_begin(struct job *job, char **argv);
int job_make(struct job *job);
/* Its parts for apps that can be updated (CONFIG_UPDATE): how this one is launched again, and what
 * a version needs to tell that it is ready. Return 0 or -errno, said. */
int job_words(struct job *job);
int job_version(struct job *job);
/* Its part that opens the image, as the policy wants it signed, and takes its configuration.
 * Returns 0, IMAGE_MISSING or -errno, said. */
int job_image(struct job *job);
/* The image that the store has under the request's name. Returns 0, IMAGE_MISSING or -errno, said. */
int job_store(struct job *job, const struct image_gate *gate);
/* What was checked before, or NULL, said. */
struct verified *job_verified(struct job *job);
/* Its part that looks whether hash trees can be used, once the host is known. Returns 0 or -errno, said. */
int job_verity(struct job *job);
/* Check that the program of an OCI image is built for this machine (image/program.h). Returns 0 or -errno, said. */
int job_program(struct job *job);
/* Free everything; safe twice. */
void job_close(struct job *job);

#endif
