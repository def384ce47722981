/*
 * json_value.c - makes jansson's values of the report's texts, numbers and times. Knows no format.
 */
#include "render/json/json_value.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Sets `escaped` if there were bytes that are not UTF-8. */
static json_t *string_escaped(struct text text, bool *escaped)
{
	json_t *string = json_stringn(text.at, text.size);
	*escaped = string == NULL;
	if (string)
		return string;
	char *out = malloc(text.size * 4 + 1);
	size_t size = 0;
	for (size_t i = 0; out && i < text.size;) {
		size_t length = 1;
		unsigned char byte = (unsigned char)text.at[i];
		if (byte >= 0x80) {
			length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
			json_t *valid = length <= text.size - i ? json_stringn(text.at + i, length) : NULL;
			if (!valid) {
				size += (size_t)sprintf(out + size, "\\x%02x", byte);
				i++;
				continue;
			}
			json_decref(valid);
		}
		memcpy(out + size, text.at + i, length);
		size += length;
		i += length;
	}
	string = json_stringn(out ? out : "", size);
	free(out);
	return string;
}

json_t *json_text(struct text text)
{
	bool escaped;
	return string_escaped(text, &escaped);
}

json_t *json_text_or_null(struct text text)
{
	return text.size > 0 ? json_text(text) : json_null();
}

static json_t *base64(struct text text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = malloc(text.size / 3 * 4 + 5);
	size_t size = 0;
	for (size_t i = 0; out && i < text.size; i += 3) {
		size_t left = text.size - i;
		unsigned a = (unsigned char)text.at[i];
		unsigned b = left > 1 ? (unsigned char)text.at[i + 1] : 0;
		unsigned c = left > 2 ? (unsigned char)text.at[i + 2] : 0;
		out[size++] = digits[a >> 2];
		out[size++] = digits[(a & 3) << 4 | b >> 4];
		out[size++] = left > 1 ? digits[(b & 15) << 2 | c >> 6] : '=';
		out[size++] = left > 2 ? digits[c & 63] : '=';
	}
	json_t *value = json_stringn(out ? out : "", size);
	free(out);
	return value;
}

void json_set_path(json_t *object, const char *key, struct text path)
{
	char raw[64];
	bool escaped;
	json_object_set_new(object, key, string_escaped(path, &escaped));
	if (!escaped)
		return;
	snprintf(raw, sizeof(raw), "%s_raw", key);
	json_object_set_new(object, raw, base64(path));
}

json_t *json_number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

json_t *json_instant(uint64_t ns)
{
	char text[64];
	struct tm parts;
	time_t seconds = (time_t)(ns / 1000000000u);
	if (ns == 0 || !gmtime_r(&seconds, &parts))
		return json_null();
	size_t size = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text + size, sizeof(text) - size, ".%09uZ", (unsigned)(ns % 1000000000u));
	return json_string(text);
}

json_t *json_texts(const struct text *texts, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_text(texts[i]));
	return array;
}

int json_write(FILE *out, json_t *value, size_t flags)
{
	int result = value ? json_dumpf(value, out, flags | JSON_ENCODE_ANY) : -1;
	json_decref(value);
	return result;
}
