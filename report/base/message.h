/*
 * message.h - writes messages to standard error, with "pageleak: " in front and a newline at the end. Control
 * characters are escaped. No function ends the program.
 */
#ifndef PAGELEAK_MESSAGE_H
#define PAGELEAK_MESSAGE_H

/* Reports an error and what to do next. Returns -1, so that callers can `return error(...)`. */
int error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
