/*
 * report_signal.c - the handler of the report signal, hidden from the program.
 *
 * Must not: lock, allocate, touch errno, or keep the signal from a program that wants it.
 */
#include "reporting/report_signal.h"
#include "process/environment.h"
#include "system/real.h"
#include "journal/journal.h"
#include "journal/shared_words.h"
#include "journal/note.h"
#include "system/settings.h"
#include "system/raw.h"
#include "reporting/reporter.h"
#include "system/valgrind.h"
#include <errno.h>
#include <string.h>

static bool armed;             /* our handler was installed once, and must be hidden from then on */
static struct sigaction usual; /* the default action as the program set or found it, with its flags */

static bool ignored_by_default(int number)
{
	return number == SIGWINCH || number == SIGURG;
}

/* Takes the default action, as soon as the handler has returned. */
static void default_action(int number)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	if (ignored_by_default(number))
		return;
	REAL(sigaction)(number, &action, NULL);
	raw_call(SYS_tgkill, raw_getpid(), raw_gettid(), number, 0, 0, 0);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	bool sent = info->si_code == SI_USER || info->si_code == SI_QUEUE || info->si_code == SI_TKILL;
	bool vforked = journal_process_known() && raw_getpid() != journal_pid();

	(void)context;
	if (!journal_is_open()) /* under a seccomp filter, which may forbid our system calls */
		return;
	if (!sent || vforked || info->si_pid == raw_getpid() || shared_signal_sent_by(info->si_pid) ||
	    !reporter_start(info->si_pid))
		default_action(number);
}

static void arm(void)
{
	struct sigaction before, action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};

	memset(&action.sa_mask, 0xff, sizeof action.sa_mask);
	if (REAL(sigaction)(options.signal, &action, &before))
		return;
	armed = true;
	/*
	 * Another thread or a signal handler may have set an action meanwhile: that is the program's, and comes back.
	 */
	if (before.sa_handler != SIG_DFL && before.sa_sigaction != on_signal)
		REAL(sigaction)(options.signal, &before, NULL);
}

/* Installs our handler if the action is the default one. Otherwise the program, or its parent, uses the signal. */
static void settle(void)
{
	struct sigaction now;

	if (REAL(sigaction)(options.signal, NULL, &now))
		return;
	if (now.sa_handler == SIG_DFL) {
		usual = now;
		arm();
	} else if (now.sa_sigaction != on_signal) {
		note_write(NOTE_SIGNAL_TAKEN, NULL);
	}
}

void report_signal_open(void)
{
	int code = errno;

	if (options.signal && environment_settings() && !valgrind_runs_this())
		settle();
	errno = code;
}

void report_signal_sent(int number)
{
	if (number && number == options.signal)
		shared_signal_sending();
}

void report_signal_action(int number, const struct sigaction *action, struct sigaction *old)
{
	int code = errno;

	if (!armed || number != options.signal)
		return;
	if (old && old->sa_sigaction == on_signal)
		*old = usual;
	if (action)
		settle();
	errno = code;
}

sighandler_t report_signal_handler(int number, sighandler_t old)
{
	int code = errno;

	if (!armed || number != options.signal)
		return old;
	settle();
	errno = code;
	return (uintptr_t)old == (uintptr_t)on_signal ? SIG_DFL : old;
}
