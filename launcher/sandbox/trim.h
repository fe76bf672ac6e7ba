/* SPDX-License-Identifier: MIT */
/* Memory that davit can do without while its app runs. */
#ifndef SANDBOX_TRIM_H
#define SANDBOX_TRIM_H

/* Give back the pages of the program's file (what is needed is read again, from the page cache) and
 * the stack that earlier calls have used. What davit knows stays. FIRST and LAST are functions that
 * the waiting takes place in. */
void trim_memory(const void *first, const void *last);

#endif
