/* SPDX-License-Identifier: MIT */
/* System call policies in OCI's JSON, of any text behind the first {. */
#include <stddef.h>
#include <stdint.h>

#include "seccomp_properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	prove_policy(data, size, "{");
	return 0;
}
