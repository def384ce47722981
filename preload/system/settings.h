/*
 * settings.h - what the library takes from the PAGELEAK variable: the rows of settings.def that are PASSED or for the
 * LIBRARY. Unknown keys are skipped: a newer command may set them.
 */
#ifndef PAGELEAK_SETTINGS_H
#define PAGELEAK_SETTINGS_H

#include "format.h"
#include "settings_text.h"

#define OPTIONS_VARIABLE SETTINGS_VARIABLE

/*
 * A number or flag is an int; a string is an array of 4096 bytes, which ends in NUL. Each has its default until
 * settings_read.
 */
struct options {
#define SETTING_FIELD_NUMBER(id) int id;
#define SETTING_FIELD_FLAG(id) int id;
#define SETTING_FIELD_STRING(id) char id[4096];
#define SETTING_FIELD_PASSED(id, kind) SETTING_FIELD_##kind(id)
#define SETTING_FIELD_LIBRARY(id, kind) SETTING_FIELD_##kind(id)
#define SETTING_FIELD_KEPT_HERE(id, kind)
#define SETTING_FIELD_REPORTS(id, kind)
#define OPTION(id, name, kind, argument, initial, low, high, group, commands, passed, help)                            \
	SETTING_FIELD_##passed(id, kind)
#define SETTING(id, kind, initial, low, high, reader, meaning) SETTING_FIELD_##reader(id, kind)
#include "settings.def"
#undef OPTION
#undef SETTING
};

extern struct options options;
/* Reads a value of PAGELEAK; NULL: none. Called once, by the constructor, before the program has threads. */
void options_read(const char *value);

#endif
