/*
 * jit_frames.h - frames of code that was compiled while the program ran and named with its source (perf_map.h): JavaScript's. They are the
 * user's, on top of what runs them; how many frames that takes changes with how far the compiler has come.
 */
#ifndef PAGELEAK_SCRIPT_H
#define PAGELEAK_SCRIPT_H

#include "model/stack_model.h"

bool frame_of_script(const struct frame *frame);

/* Whose frames of a stack tell where it is: all; the script's with its runtime's ("node:fs"); the user's own script's. */
enum script { SCRIPT_NONE, SCRIPT_OF_RUNTIME, SCRIPT_OF_USER };
enum script script_of_frames(const struct frames *frames);
bool script_tells(enum script script, const struct frame *frame);

#endif
