/*
 * html_table.h - numbers the texts, frames, stacks and processes of the HTML report's data, so that each is written
 * once. A stack is a node of a tree: its innermost frame, and the node of its caller. Numbers count from 0; -1 is none.
 */
#ifndef PAGELEAK_HTML_TABLE_H
#define PAGELEAK_HTML_TABLE_H

#include "base/arena.h"
#include "base/text.h"
#include "frames/merged_stack.h"
#include "model/process_model.h"
#include "model/report_model.h"
#include "model/stack_model.h"
#include <stdio.h>

/* html_frame.flags */
enum {
	HTML_SCRIPT = 1,
	HTML_INLINED = 2,
	HTML_FOLDED = 4
}; /* FOLDED: hidden until the reader unfolds the stack; the text report leaves it out */

struct html_frame {
	int32_t function, file, line, module, flags, zero;
	int64_t offset;
};

struct html_node {
	int32_t caller, frame;
};

struct html_table;
struct html_table *html_table_new(struct arena *arena, const struct report *report);
void html_table_free(struct html_table *table);

/* Numbers of a text (borrowed; "" is -1) and a process. */
int32_t html_table_text(struct html_table *table, struct text text);
int32_t html_table_process(struct html_table *table, const struct process *process);
/*
 * Numbers of stacks. Of `native` the frames of the interpreter are folded that runs `script`, the stack beside it (NULL
 * none).
 */
int32_t html_table_script(struct html_table *table, const struct script_stack *script);
int32_t html_table_native(struct html_table *table, const struct frames *native, const struct script_stack *script);
/* The number of the innermost frame of the user's own (own_frame.h): the script's, or else a native one; -1: none. */
int32_t html_table_own(struct html_table *table, const struct frames *native, const struct script_stack *script);
/* The number of both merged, as merged_stack_of does. */
int32_t html_table_merged(struct html_table *table, const struct script_stack *script, const struct frames *native);
/* The size of all texts so far, in bytes. */
size_t html_table_text_bytes(const struct html_table *table);

/* Writes the JSON members "strings", "frames" and "stacks". Returns 0; -1: no memory. */
int html_table_write(struct html_table *table, FILE *out);

/* Writes a column: `,"name":[...]`, or one number if all are the same. */
void html_table_column(FILE *out, const char *name, const int64_t *values, size_t count);

#endif
