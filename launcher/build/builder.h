/* SPDX-License-Identifier: MIT */
/* What the parts of build_image() share. */
#ifndef BUILD_BUILDER_H
#define BUILD_BUILDER_H

#include "build/build.h"
#include "build/dockerfile.h"
#include "build/ignore.h"
#include "build/inside.h"
#include "image/oci_config.h"

/* From one FROM to the next. */
struct stage {
	const char *name;           /* "AS name", or NULL */
	size_t first, end;          /* instructions: its FROM, and the one behind its last */
	const char *base;           /* what it is FROM, its variables replaced */
	const struct stage *parent; /* that this is, or NULL */
	bool needed;
	struct platform platform;
	struct image_config config;
	struct layers layers;
	struct texts args; /* NAME=VALUE, as far as they are declared */
	bool has_command;  /* CMD was here, and not only in its base */
};

struct builder {
	struct arena *arena;
	const struct build_order *order;
	const struct store *store;
	struct dockerfile dockerfile;
	struct ignore ignore;
	int context;
	struct platform platform; /* what is built for */
	uint64_t epoch;           /* seconds: nothing in the image is later */
	const char *created;      /* the same in words */
	struct texts globals;     /* ARG before the first FROM: NAME=VALUE, or NAME */
	struct stage *stages;
	size_t stage_count;
	size_t step, steps;
	const char *work; /* ROOT/build/PID: folders of what is written to roots */
	unsigned int number;
	struct inside inside;
};

/* How an instruction is carried out. */
typedef int instruction_run(struct builder *b, struct stage *stage, const struct instruction *one);

instruction_run run_from, run_arg, run_env, run_label, run_user, run_workdir, run_cmd,
	run_entrypoint, run_expose, run_volume, run_stopsignal, run_shell, run_healthcheck,
	run_maintainer;
instruction_run run_copy, run_run;

/* Find the stages and what each is FROM, and mark those that the wanted one, *last, needs. Returns
 * 0 or -errno, said. */
int stages_find(struct stage **last, struct builder *b);
/* The stage before STAGE called NAME, or with that number, or NULL. */
struct stage *stage_find(const struct builder *b, const struct stage *stage, const char *name);
/* The layers and configuration of the image NAME, which the store has. Returns 0 or -errno, said. */
int base_load(struct layers *layers, struct image_config *config, struct builder *b,
	      const struct instruction *one, const char *name, const struct platform *platform);

/* WORD with STAGE's variables replaced (NULL: the global ones), or NULL, said. */
const char *stage_expand(struct builder *b, const struct stage *stage,
			 const struct instruction *one, const char *word);
const char *stage_expand_document(struct builder *b, const struct stage *stage,
				  const struct instruction *one, const char *text);
/* The value of NAME in a list of NAME=VALUE, or NULL. */
const char *pair_find(const struct texts *pairs, const char *name, size_t length);
/* Put NAME=VALUE into LIST in place of the entry of that name. Returns 0 or -ENOMEM. */
int pair_put(struct texts *list, struct arena *arena, const char *pair);
/* A list that can grow apart from FROM. Returns 0 or -ENOMEM. */
int texts_copy(struct texts *out, struct arena *arena, const struct texts *from);
/* PATH as seen from STAGE's working directory: clean, without a slash at its begin; or NULL, said. */
const char *stage_path(struct builder *b, const struct stage *stage, const char *path);
/* Note in the history what ONE did. Returns 0 or -errno, said. */
int stage_note(struct builder *b, struct stage *stage, const struct instruction *one, bool has_layer);

/* Put NAME=VALUE each into the labels. Returns 0 or -errno, said. */
int labels_put(struct builder *b, struct stage *stage, const struct texts *pairs);

/* What makes files: WORK gets the folder that is the root's upper one, and DATA. */
struct layer_work {
	int (*run)(struct builder *b, struct stage *stage, const struct instruction *one,
		   const char *upper, void *data);
	void *data;
	struct digest inputs; /* of all that counts for it, beside the stage as it is */
};

/* Take the layer from what the cache has of the same work, or do it. Returns 0 or -errno, said. */
int layer_step(struct builder *b, struct stage *stage, const struct instruction *one,
	       const struct layer_work *work);
/* Say something about the progress, unless it is to be quiet. Returns 0 or -errno, said. */
int build_say(const struct builder *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Make b->work, having removed what killed builds left; and remove such a folder with all in it. */
int work_folder_make(struct builder *b);
void work_folder_remove(const char *path);
/* Look up, or keep, which layer came of KEY; no layer (*has = false) counts too. The first returns
 * whether it is known, and its blob still there. */
bool cache_find(struct descriptor *layer, bool *has, struct builder *b, const struct digest *key);
int cache_keep(struct builder *b, const struct digest *key, const struct descriptor *layer, bool has);

#endif
