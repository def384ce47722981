/*
 * valgrind.h - recognizes valgrind, which would report reads by libunwind and probes of memory as errors of the
 * program, and keeps shadow memory for every mapped byte.
 */
#ifndef PAGELEAK_VALGRIND_H
#define PAGELEAK_VALGRIND_H

#include <stdbool.h>

/*
 * Does valgrind run this process? Makes the client request RUNNING_ON_VALGRIND (valgrind/valgrind.h): instructions
 * without an effect on a processor, which valgrind recognizes and answers. Any thread, any signal handler; 1 ns.
 */
static inline bool valgrind_runs_this(void)
{
	enum { RUNNING_ON_VALGRIND_REQUEST = 0x1001 };
	volatile unsigned long request[6] = {RUNNING_ON_VALGRIND_REQUEST};
	unsigned long depth = 0;

#if defined(__x86_64__)
	__asm__ volatile("rolq $3, %%rdi\n\trolq $13, %%rdi\n\trolq $61, %%rdi\n\trolq $51, %%rdi\n\txchgq %%rbx, %%rbx"
			 : "+d"(depth)
			 : "a"(request)
			 : "cc", "memory");
#else
	__asm__ volatile("mov x3, %0\n\tmov x4, %1\n\tror x12, x12, #3\n\tror x12, x12, #13\n\tror x12, x12, #51\n\t"
			 "ror x12, x12, #61\n\torr x10, x10, x10\n\tmov %0, x3"
			 : "+r"(depth)
			 : "r"(request)
			 : "cc", "memory", "x3", "x4");
#endif
	return depth != 0;
}

#endif
