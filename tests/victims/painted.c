/*
 * painted.c - makes and removes pages below 0 to 59 frames on a stack that was painted, and prints the most bytes that
 * one of the calls took of it. Ahead of that many stacks that are each new, so that the library does what it does in
 * the long run. 380 pages released.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIZE = 1 << 20, GUARD = 4096, PAINT = 0x5a };

static volatile char *low;
static size_t most;

static __attribute__((noinline)) void leaf(void)
{
	char *here = __builtin_frame_address(0);
	volatile char *p;

	for (int removes = 0; removes < 2; removes++) {
		for (p = low; p && p < here - 256; p++)
			*p = PAINT;
		if (removes)
			unlink("page");
		else
			close(open("page", O_CREAT | O_EXCL | O_WRONLY, 0600));
		for (p = low; p && p < here - 256 && *p == PAINT; p++)
			;
		if (low)
			most = (size_t)(here - p) > most ? (size_t)(here - p) : most;
	}
}

#define FRAMES(name, bytes)                                                                                            \
	static __attribute__((noinline)) void name(int depth)                                                          \
	{                                                                                                              \
		volatile char room[bytes];                                                                             \
		room[0] = (char)depth;                                                                                 \
		if (depth)                                                                                             \
			name(depth - 1);                                                                               \
		else                                                                                                   \
			leaf();                                                                                        \
		__asm__ volatile("" : : "r"(room) : "memory");                                                         \
	}
FRAMES(narrow, 64)
FRAMES(wide, 200)
FRAMES(wider, 1000)

static void *work(void *frames)
{
	for (int i = 0; i < 60; i++)
		((void (*)(int))frames)(i);
	return NULL;
}

int main(void)
{
	void (*frames[])(int) = {narrow, wide, wider};

	for (int depth = 0; depth < 200; depth++)
		narrow(depth);
	for (int i = 0; i < 3; i++) {
		char *area = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		pthread_attr_t attributes;
		pthread_t thread;

		low = area + GUARD;
		pthread_attr_init(&attributes);
		pthread_attr_setstack(&attributes, area, SIZE);
		if (pthread_create(&thread, &attributes, work, (void *)frames[i]))
			return 1;
		pthread_join(thread, NULL);
	}
	printf("%zu\n", most);
	return 0;
}
