/* SPDX-License-Identifier: MIT */
/* The probe's part on the host: what a sandbox must not find. */
#include <stddef.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe.h"

int probe_serve(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const key_t key = (key_t)(0x5a000000 | (getpid() & 0xffffff));
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), memory = shmget(key, 4096, IPC_CREAT | 0666),
	    queue = msgget(key, IPC_CREAT | 0666);
	char byte;

	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", name);
	if (bind(fd, (struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))) < 0 ||
	    listen(fd, 8) < 0)
		return 1;
	printf("socket %s process %d", name, getpid());
	if (memory >= 0 && queue >= 0)
		printf(" shm %#x", (unsigned int)key);
	puts("");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		continue;
	shmctl(memory, IPC_RMID, NULL);
	msgctl(queue, IPC_RMID, NULL);
	return 0;
}
