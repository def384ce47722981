/*
 * message.c - writes messages to standard error, each with one call, after taking the progress line away.
 */
#include "base/message.h"
#include "base/arena.h"
#include "base/progress.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <stddef.h>

static void message(const char *prefix, const char *format, va_list arguments)
{
	va_list again;
	va_copy(again, arguments);
	int size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	char *text = size < 0 ? NULL : malloc((size_t)size + 1);
	if (!text)
		arena_out_of_memory();
	vsnprintf(text, (size_t)size + 1, format, arguments);
	progress_clear();
	flockfile(stderr);
	fprintf(stderr, "pageleak: %s", prefix);
	for (int i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];
		if (byte < 0x20 || byte == 0x7f)
			fprintf(stderr, "\\x%02x", byte);
		else
			putc_unlocked(byte, stderr);
	}
	putc_unlocked('\n', stderr);
	funlockfile(stderr);
	free(text);
}

int error(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	message("", format, arguments);
	va_end(arguments);
	return -1;
}

void warning(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	message("warning: ", format, arguments);
	va_end(arguments);
}
