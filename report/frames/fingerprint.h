/*
 * fingerprint.h - computes the id of a finding, which stays the same for the same leak in another build, directory, run
 * and minor version of the interpreter.
 *
 * It is a 128-bit hash of names:
 *   api       the function that made the page
 *   script    the short name of each function and its file's base name. Left out: functions that other versions of the
 *             interpreter run within their caller (comprehensions); the standard library, but for the function that was
 *             called; frames outside the user's outermost one, which run the program. Then the type of the object that
 *             owns the page
 *   native    function, and the module's base name without versions. Left out: libc, functions inlined from system
 *             headers, and beside the stack of a script the interpreter. Where no frame has a name: offsets in the
 *             module's file
 *   program   of shells and other interpreters without a recorded stack, whose own functions are the same for every
 *             script: the script's base name. Of a program without names (mktemp, cp) that of the nearest script above
 *             it, and the template of its arguments
 * Left out of all: addresses, pids, lines, paths of pages, verdicts, the object's address. The id changes if a frame
 * disappears: inlined without debug information, or replaced by a tail call.
 */
#ifndef PAGELEAK_FINGERPRINT_H
#define PAGELEAK_FINGERPRINT_H

#include "base/text.h"
#include "model/process_model.h"
#include "model/report_model.h"

/* Sets finding->id. All other members must be filled. */
void fingerprint(struct finding *finding);
/*
 * Does the process run scripts (a shell, perl, node)? Then its native stacks have the interpreter's functions, whatever
 * the script.
 */
bool fingerprint_runs_scripts(const struct process *process);
/* Hash of one text, as a key of tables. */
uint64_t fingerprint_text(struct text text);

#endif
