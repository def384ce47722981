/*
 * signals.c - names and properties of signals.
 */
#include "audit/signals.h"
#include "base/message.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <stddef.h>

static int numbered(const char *digits, int from, int to)
{
	char *end;
	long number = strtol(digits, &end, 10);
	return end != digits && !*end && number >= 0 && number <= to - from ? from + (int)number : -1;
}

int signals_number(const char *name)
{
	if (strcasecmp(name, "none") == 0)
		return 0;
	if (*name >= '1' && *name <= '9')
		return numbered(name, 0, SIGRTMAX);
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	if (strncasecmp(name, "RTMIN", 5) == 0)
		return !name[5] ? SIGRTMIN : name[5] == '+' ? numbered(name + 6, SIGRTMIN, SIGRTMAX) : -1;
	for (int number = 1; number < NSIG; number++) {
		const char *known = sigabbrev_np(number);
		if (known && strcasecmp(known, name) == 0)
			return number;
	}
	return -1;
}

bool signals_fit(int number)
{
	/* Faults must end the program, and SIGCHLD arrives too often. 32 and 33 belong to libc. */
	static const int unfit[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP,
				    SIGABRT, SIGCHLD, SIGPIPE, SIGSYS, 32,     33};
	for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++)
		if (number == unfit[i])
			return false;
	return true;
}

int signals_check(const char *name)
{
	int number = name ? signals_number(name) : 0;
	if (number < 0)
		return error("--signal=%s: there is no such signal", name);
	if (!signals_fit(number))
		return error("--signal=%s: that signal cannot ask for a report; USR1, USR2, HUP, WINCH, URG, PWR or "
			     "RTMIN+N can",
			     name);
	return 0;
}
