/*
 * xml.h - writes any bytes as XML 1.0 text in UTF-8. Bytes that XML cannot hold (control characters, invalid UTF-8,
 * U+FFFE, U+FFFF) become \xNN.
 */
#ifndef PAGELEAK_XML_H
#define PAGELEAK_XML_H

#include "base/text.h"
#include <stdio.h>

/* Writes content of an element; newlines and tabs stay. */
void xml_content(FILE *out, struct text text);
/* Writes the value of an attribute, without quotes; newlines and tabs are escaped, too. */
void xml_value(FILE *out, struct text text);
/* Writes ` name="value"`. */
void xml_attribute(FILE *out, const char *name, struct text value);
void xml_number(FILE *out, const char *name, size_t value);

#endif
