/* SPDX-License-Identifier: MIT */
/* Memory that davit can do without while its app runs. */
#ifndef SANDBOX_TRIM_H
#define SANDBOX_TRIM_H

/* Give back the pages of the program's file (what is needed is read again, from the page cache) and
 * the stack that earlier calls have used. What davit knows stays; its tables come back with
 * trim_end(), before which nothing may be called but poll(2). FROM is the first function in memory
 * that waiting needs. */
void trim_memory(const void *from);
/* Does nothing where the tables are there. Returns 0, or -1 with errno: they cannot be made read-only. */
int trim_end(void);

#endif
