/*
 * json_value.h - makes JSON values of the report's types, for every format that is JSON. The caller frees the values
 * (jansson's) or gives them away. NULL: no memory; jansson's setters accept it.
 */
#ifndef PAGELEAK_JSON_VALUE_H
#define PAGELEAK_JSON_VALUE_H

#include "base/text.h"
#include <jansson.h>
#include <stdio.h>

/* Bytes that are not UTF-8 as \xNN. */
json_t *json_text(struct text text);
json_t *json_text_or_null(struct text text);
json_t *json_texts(const struct text *texts, size_t count);
json_t *json_number(uint64_t value);
/* RFC 3339 UTC with nanoseconds; 0 is null. */
json_t *json_instant(uint64_t ns);
/* Sets `key`, and `key`_raw in base64 when it is not UTF-8. */
void json_set_path(json_t *object, const char *key, struct text path);
/* Writes and frees `value`; `flags` are json_dumpf's. 0, or -1 for no memory or a write error. */
int json_write(FILE *out, json_t *value, size_t flags);

#endif
