/* SPDX-License-Identifier: MIT */
/* Tars for tests, which Python writes: also such as no tar program would. */
#ifndef TESTS_MADE_TAR_H
#define TESTS_MADE_TAR_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The tar of MEMBERS, lines of Python: "add(NAME, TYPE, ...)", put through FILTER, a shell command.
 * Uses layer.tar and layer.packed in this directory. Returns it, opened. */
static inline int made_tar(const char *members, const char *filter)
{
	static const char python[] =
		"import tarfile, io\n"
		"t = tarfile.open('layer.tar', 'w', format=tarfile.PAX_FORMAT)\n"
		"F, D, L, S, C, B, P = [getattr(tarfile, n + 'TYPE') for n in"
		" 'REG DIR LNK SYM CHR BLK FIFO'.split()]\n"
		"def add(name, kind=F, data=b'', link='', mode=0o644, uid=0, size=None, xattr={}, mtime=7, pax={}):\n"
		"    i = tarfile.TarInfo(name)\n"
		"    i.type, i.linkname, i.mode, i.uid, i.mtime = kind, link, mode, uid, mtime\n"
		"    i.size = len(data) if size is None else size\n"
		"    i.pax_headers = {'SCHILY.xattr.' + k: v for k, v in xattr.items()}\n"
		"    i.pax_headers.update(pax)\n"
		"    t.addfile(i, io.BytesIO(data)) if size is None else t.fileobj.write(i.tobuf())\n"
		/* A header of any type, with data, and with fields at offsets changed; its checksum is right. */
		"def raw(name, kind, data=b'', link='', **fields):\n"
		"    i = tarfile.TarInfo(name)\n"
		"    i.type, i.linkname, i.size, i.mtime = kind, link, len(data), 7\n"
		"    h = bytearray(i.tobuf(tarfile.GNU_FORMAT))\n"
		"    for at, value in fields.items():\n"
		"        h[int(at[1:]):int(at[1:]) + len(value)] = value\n"
		"    h[148:156] = b' ' * 8\n"
		"    h[148:156] = b'%06o\\0 ' % sum(h)\n"
		"    t.fileobj.write(bytes(h) + data + bytes(-len(data) % 512))\n"
		"def stop(): t.close = lambda: 0\n";
	FILE *file = fopen("make.py", "w");
	char command[256];

	assert_non_null(file);
	fprintf(file, "%s%s\nt.close()\n", python, members);
	assert_int_equal(fclose(file), 0);
	snprintf(command, sizeof(command), "python3 make.py && (%s) < layer.tar > layer.packed",
		 filter);
	assert_int_equal(system(command), 0);
	return open("layer.packed", O_RDONLY | O_CLOEXEC);
}

#endif
