/*
 * hooks_seccomp.c - hook of prctl, which may install a seccomp filter.
 *
 * Must not: make a system call of the library's own under a filter of the program's.
 */
#include "hooks/hooks_seccomp.h"
#include "hooks/hooks.h"
#include "journal/journal.h"
#include "journal/note.h"

/* Begins the note before the call, which only has to be committed afterwards: that takes no system call. */
struct journal_note *hooks_seccomp_begin(bool installs)
{
	struct journal_note *note = installs ? note_begin(NOTE_SECCOMP, NULL) : NULL;

	if (installs)
		journal_seal(true);
	return note;
}

void hooks_seccomp_end(struct journal_note *note, bool installs, long result)
{
	if (installs && result < 0) {
		journal_seal(false);
		note_drop(note);
	} else {
		note_commit(note);
	}
}

PUBLIC int prctl(int option, ...)
{
	va_list list;
	unsigned long a, b, c, d;
	bool filter = option == PR_SET_SECCOMP;

	va_start(list, option);
	a = va_arg(list, unsigned long);
	b = va_arg(list, unsigned long);
	c = va_arg(list, unsigned long);
	d = va_arg(list, unsigned long);
	va_end(list);
	struct journal_note *note = hooks_seccomp_begin(filter);
	int result = NEXT(prctl)(option, a, b, c, d);
	hooks_seccomp_end(note, filter, result);
	return result;
}
