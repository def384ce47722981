/*
 * message.h - messages on standard error: "pageleak: " first, a newline last. Control characters are escaped. None ends the program.
 */
#ifndef PAGELEAK_MESSAGE_H
#define PAGELEAK_MESSAGE_H

/* Says what went wrong and what to do next; returns -1, so that `return error(...)` reads well. Never ends the program. */
int error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
