/* SPDX-License-Identifier: MIT */
/* Davit's own file, where its code stays inside a sandbox: never to be written from there. */
#ifndef SANDBOX_SELF_H
#define SANDBOX_SELF_H

/* Make sure that davit runs from a file that nobody can write to by way of /proc/PID/exe: one on a
 * file system that is never writable; else davit executes itself again, from a read-only mount of
 * its file that is in no mount namespace (no copy), or where the kernel lacks that, from a sealed
 * copy in memory (charged to whoever starts davit, not to the sandbox). ARGV is the verb's own,
 * from the verb on. Returns 0 when davit runs from such a file, or -errno, said by fail(). */
int self_protect(char *const *argv);

#endif
