/*
 * fingerprint.h - the id of a finding: the same for the same leak in another build, place, run and minor version of Python.
 *
 * It is a 128-bit hash of names:
 *   api       the function that made the page
 *   Python    function (its last part: before 3.11 there is no more) and file base name. Not: comprehensions, which 3.12 runs within
 *             their function; what the standard library does within (but for the function that was called); what runs the program,
 *             below its own outermost frame. The type of the object that owns the page
 *   native    function, and module base name without versions. Beside a Python stack not the interpreter; never libc, nor what
 *             compilers inline from system headers. Where no frame has a name: offsets in the module's file
 *   script    of shells and other interpreters, whose own functions are the same for every script: the script's base name. For a program
 *             without names (mktemp, cp) that of the nearest script above it, and the template that it was given
 * Not in it: addresses, pids, lines, paths of pages, verdicts, the object's address. It cannot bear functions that vanish without a
 * trace: inlined where there is no debug information, or left by a tail call.
 */
#ifndef PAGELEAK_FINGERPRINT_H
#define PAGELEAK_FINGERPRINT_H

#include "base/text.h"
#include "model/process_model.h"
#include "model/report_model.h"

/* Sets finding->id; all else of it must be there. */
void fingerprint(struct finding *finding);
/* Is it one that runs scripts by its own functions, which are then on every stack: a shell, perl, node? */
bool fingerprint_runs_scripts(const struct process *process);
/* Of one text, for tables; never 0 by intent. */
uint64_t fingerprint_text(struct text text);

#endif
