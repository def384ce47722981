/*
 * stack_model.h - stacks: of addresses and of scripts, as the journal records them, and with names, as symbols/ makes
 * them. Data only. Memory: the arena of the run; strings borrow from the mapped journal or the arena.
 */
#ifndef PAGELEAK_STACK_MODEL_H
#define PAGELEAK_STACK_MODEL_H

#include "base/text.h"
#include "format.h"
#include "model/process_model.h"

struct process;

struct stack {
	struct process *process; /* in whose address space they are */
	uint64_t time_ns;
	const uint64_t *addresses; /* return addresses, innermost first */
	uint32_t count;
	bool cut;
};

struct script_code {
	struct text function, file, argument; /* argument: the name of the first parameter, "" none */
	int first_line;
	uint64_t key; /* hash of function and file */
};

struct script_frame {
	const struct script_code *code; /* never NULL */
	int line;                       /* 0 unknown */
};

struct script_stack {
	enum journal_language language;
	struct script_frame *frames;
	uint32_t count;
	/* The innermost of the outermost run of unittest's frames, which called a test or its set-up; `count`: none. */
	uint32_t runner;
	uint64_t key; /* hash of functions, files and lines: equal stacks of any process have equal keys */
};

struct frame {
	struct text function; /* demangled; "" unknown */
	struct text file;     /* "" unknown */
	int line;             /* 0 unknown */
	bool inlined;
	struct text module;   /* path; "" unknown: compiled while the program ran, or unloaded */
	struct text build_id; /* hex; "" unknown */
	uint64_t offset;      /* the return address minus 1, as an address in the module's file */
};

struct frames {
	struct frame *at;
	size_t count;
	bool cut;
};

#endif
