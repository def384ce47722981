/*
 * file.h - bytes as a file that has a path but no place on disk.
 */
#ifndef PAGELEAK_FUZZ_FILE_H
#define PAGELEAK_FUZZ_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <stddef.h>

struct file {
	int descriptor;
	char path[64];
};

static inline struct file file_of(const uint8_t *bytes, size_t size)
{
	struct file file = {.descriptor = memfd_create("fuzz", MFD_CLOEXEC)};
	if (file.descriptor < 0 || write(file.descriptor, bytes, size) != (ssize_t)size)
		abort();
	snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.descriptor);
	return file;
}

static inline void file_close(struct file *file)
{
	close(file->descriptor);
}

#endif
