/*
 * xml.h - any bytes as XML 1.0 text in UTF-8. What XML cannot hold (control characters, what is not UTF-8, U+FFFE,
 * U+FFFF) is written as \xNN, byte by byte.
 */
#ifndef PAGELEAK_XML_H
#define PAGELEAK_XML_H

#include "base/text.h"
#include <stdio.h>

/* Content of an element; newlines and tabs stay. */
void xml_content(FILE *out, struct text text);
/* Value of an attribute, without its quotes; one line: newlines and tabs are escaped as control characters. */
void xml_value(FILE *out, struct text text);
/* ` name="value"` */
void xml_attribute(FILE *out, const char *name, struct text value);
void xml_number(FILE *out, const char *name, size_t value);

#endif
