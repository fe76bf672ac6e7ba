/* SPDX-License-Identifier: MIT */
/* The members of a zip as files. */
#ifndef IMAGE_ZIP_EXTRACT_H
#define IMAGE_ZIP_EXTRACT_H

#include "image/zip.h"

/* Bytes that the files of ZIP need in a tmpfs, whose pages are of 4096. */
uint64_t zip_room(const struct zip *zip);
/* Write all members of ZIP, whose file is open as FD, below the empty DIRECTORY, streaming, with their
 * modes (0777 at most); files belong to who calls. Each is checked against its size and its checksum,
 * each symbolic link that it is relative and does not lead out; links come last, so that none is
 * ever followed. PATH stands in messages. Returns 0, or -errno said by fail(); what was written then stays. */
int zip_extract(int directory, const struct zip *zip, int fd, const char *path);

#endif
