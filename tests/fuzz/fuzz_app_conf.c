/* SPDX-License-Identifier: MIT */
/* An app's .conf file of any text: refused, or its words are text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "commands/app_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct request request = { .image = NULL };
	struct app_conf conf;
	char *text = calloc(1, size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	if (app_conf_parse(&conf, &request, &arena, "app.conf", text) == 0) {
		if (conf.image && (!conf.image[0] || !text_is_clean(conf.image, "\t")))
			abort();
		if (request.name || request.detach || request.exec || request.run_root)
			abort();
	}
	arena_close(&arena);
	free(text);
	return 0;
}
