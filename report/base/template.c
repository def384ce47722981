/*
 * template.c - derives patterns from paths. Decides by the paths alone: must not read the disk or stacks.
 */
#include "base/template.h"
#include "base/hash.h"
#include <ctype.h>
#include <string.h>

#define COMPONENTS_MAX 64
#define COMPONENT_BYTES 512 /* of a component; the rest is ignored */

struct pattern {
	size_t count; /* components */
	size_t size[COMPONENTS_MAX];
	char at[COMPONENTS_MAX][COMPONENT_BYTES + 2];
};

static bool is_separator(char byte)
{
	return !isalnum((unsigned char)byte);
}

/* ---- one component ---- */

/*
 * Recognizes names that well-known programs choose: a prefix and a number of random bytes. Returns the size of both, 0
 * for other names.
 */
static size_t known_random(struct text name, size_t *prefix)
{
	static const struct {
		const char *prefix;
		size_t random;
	} known[] = {{"tmp", 8}, {"tmp.", 10}, {"cc", 6}, {"sort", 6}, {"psm_", 8}, {"tmp", 6}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t start = strlen(known[i].prefix), end = start + known[i].random;
		if (!text_starts(name, known[i].prefix) || name.size < end || (name.size > end && name.at[end] != '.'))
			continue;
		bool random = true;
		for (size_t k = start; k < end; k++)
			random &= isalnum((unsigned char)name.at[k]) || name.at[k] == '_';
		*prefix = start;
		if (random)
			return end;
	}
	return 0;
}

struct word {
	size_t digits, changes, rises; /* digit to letter or back; small letter to capital */
	bool hexadecimal;
};

static struct word measure_word(const char *at, size_t size)
{
	struct word word = {.hexadecimal = true};
	for (size_t i = 0; i < size; i++) {
		bool digit = isdigit((unsigned char)at[i]);
		word.digits += digit;
		word.hexadecimal &= isxdigit((unsigned char)at[i]) != 0;
		word.changes += i && digit != (isdigit((unsigned char)at[i - 1]) != 0);
		word.rises += i && isupper((unsigned char)at[i]) && islower((unsigned char)at[i - 1]);
	}
	return word;
}

/* Is it a converter's name: "tex2pdf", "ffmpeg2pass"? */
static bool is_converter_name(const char *at, size_t size, const struct word *word)
{
	const char *two = size > 2 ? memchr(at + 1, '2', size - 2) : NULL;
	for (size_t i = 0; i < size; i++)
		if (at + i != two && !islower((unsigned char)at[i]))
			return false;
	return two && word->digits == 1;
}

/*
 * Writes a word between separators with its variable parts as `*`; the result is never longer. In names of directories,
 * which people choose, a number within a word stays (python3).
 */
static size_t generalize_word(const char *at, size_t size, bool directory, char *out)
{
	struct word word = measure_word(at, size);
	if (size && (word.digits == size || (size >= 4 && word.hexadecimal && word.digits))) {
		*out = '*';
		return 1;
	}
	if (is_converter_name(at, size, &word)) {
		memcpy(out, at, size);
		return size;
	}
	bool mixed = size == 6 && isdigit((unsigned char)at[0]) && word.rises; /* 8kIBEf */
	bool random = size >= 6 && (mixed || (word.digits && word.changes >= 2) || (word.rises >= 2 && size <= 12));
	if (random) { /* mkstemp adds six bytes to the caller's prefix */
		size_t kept = size > 6 ? size - 6 : 0;
		for (size_t i = 0; i < kept; i++)
			if (!islower((unsigned char)at[i]))
				kept = 0;
		memcpy(out, at, kept);
		out[kept] = '*';
		return kept + 1;
	}
	size_t to = 0;
	for (size_t i = 0; i < size; i++)
		if (directory || !isdigit((unsigned char)at[i]))
			out[to++] = at[i];
		else if (!to || out[to - 1] != '*')
			out[to++] = '*';
	return to;
}

/* Reduces "*-*-*", a UUID or a date, to one variable part. */
static size_t collapse(char *out, size_t size)
{
	size_t to = 0;
	for (size_t i = 0; i < size; i++) {
		if (out[i] == '*' && to >= 2 && out[to - 2] == '*' && (out[to - 1] == '-' || out[to - 1] == '_'))
			to--;
		else if (out[i] != '*' || !to || out[to - 1] != '*')
			out[to++] = out[i];
	}
	return to;
}

static size_t generalize(struct text name, bool directory, char *out)
{
	size_t prefix = 0, start = 0, to = 0, known = known_random(name, &prefix);
	if (name.size > COMPONENT_BYTES)
		name.size = COMPONENT_BYTES;
	if (known) {
		memcpy(out, name.at, prefix);
		out[prefix] = '*';
		to = prefix + 1, start = known;
	}
	for (size_t i = start; i <= name.size; i++) {
		if (i < name.size && !is_separator(name.at[i]))
			continue;
		to += generalize_word(name.at + start, i - start, directory, out + to);
		if (i < name.size)
			out[to++] = name.at[i];
		start = i + 1;
	}
	return collapse(out, to);
}

/* ---- whole paths ---- */

/* Moves `*at` past the component and the slashes after it: at the end of the path, it was the last component. */
static bool next_component(struct text path, size_t *at, struct text *component)
{
	while (*at < path.size && path.at[*at] == '/')
		++*at;
	size_t start = *at;
	while (*at < path.size && path.at[*at] != '/')
		++*at;
	*component = (struct text){path.at + start, *at - start};
	while (*at < path.size && path.at[*at] == '/')
		++*at;
	return component->size;
}

/* The path relative to `cwd`; all of it when it is not below. */
static struct text from_cwd(struct text path, struct text cwd)
{
	struct text below = text_below(path, cwd);
	return below.size ? below : path;
}

uint64_t template_hash(struct text path, struct text cwd)
{
	uint64_t hash = HASH_START;
	struct text component;
	char out[COMPONENT_BYTES + 1];
	path = from_cwd(path, cwd);
	for (size_t at = 0; next_component(path, &at, &component);) {
		size_t size = generalize(component, at < path.size, out);
		hash = hash_number(hash_bytes(hash, out, size), '/');
	}
	return hash;
}

/*
 * How many of the `common` bytes at one end of a name are no coincidence. One or two letters of words that differ
 * otherwise are (tone, two), and so is the 1 of 10 and 12. `step` leads from the innermost byte outwards.
 */
static size_t without_chance(const char *inmost, ptrdiff_t step, size_t common, bool within)
{
	enum { CHANCE = 2 };
	size_t letters = 0, digits = 0;
	while (digits < common && isdigit((unsigned char)inmost[(ptrdiff_t)digits * step]))
		digits++;
	common -= digits;
	inmost += (ptrdiff_t)digits * step;
	while (letters < common && isalpha((unsigned char)inmost[(ptrdiff_t)letters * step]))
		letters++;
	return common - (!digits && within && letters <= CHANCE ? letters : 0);
}

/* Does a word continue at that byte of the name? */
static bool goes_on(const char *name, size_t size, size_t at)
{
	return at < size && isalpha((unsigned char)name[at]);
}

/*
 * Reduces `into` to the common start and end of both names, with `*` between; returns its size, at most COMPONENT_BYTES
 * + 1.
 */
static size_t merge(char *into, size_t size, const char *other, size_t other_size)
{
	size_t least = size < other_size ? size : other_size, start = 0, end = 0;
	while (start < least && into[start] == other[start])
		start++;
	if (start == size && start == other_size)
		return size;
	while (end < least - start && into[size - 1 - end] == other[other_size - 1 - end])
		end++;
	bool after = goes_on(into, size, start) || goes_on(other, other_size, start);
	bool before = goes_on(into, size, size - end - 1) || goes_on(other, other_size, other_size - end - 1);
	start = start ? without_chance(into + start - 1, -1, start, after) : 0;
	end = end ? without_chance(into + size - end, 1, end, before) : 0;
	char merged[COMPONENT_BYTES + 2];
	memcpy(merged, into, start);
	merged[start] = '*';
	memcpy(merged + start + 1, into + size - end, end);
	size_t total = collapse(merged, start + 1 + end);
	memcpy(into, merged, total);
	return total;
}

static void first_pattern(struct pattern *pattern, struct text path)
{
	struct text component;
	pattern->count = 0;
	for (size_t at = 0; pattern->count < COMPONENTS_MAX && next_component(path, &at, &component); pattern->count++)
		pattern->size[pattern->count] = generalize(component, at < path.size, pattern->at[pattern->count]);
}

static void merge_path(struct pattern *pattern, struct text path, bool *ragged)
{
	struct text component;
	char out[COMPONENT_BYTES + 1];
	size_t i = 0, at = 0;
	for (; i < pattern->count && next_component(path, &at, &component); i++) {
		size_t size = generalize(component, at < path.size, out);
		pattern->size[i] = merge(pattern->at[i], pattern->size[i], out, size);
	}
	*ragged |= i < pattern->count || next_component(path, &at, &component);
	pattern->count = i;
}

/* For paths of differing depth: cuts the pattern before its first component that is only `*`. */
static void cut_ragged(struct pattern *pattern)
{
	size_t i = 0;
	while (i + 1 < pattern->count && !(pattern->size[i] == 1 && pattern->at[i][0] == '*'))
		i++;
	pattern->count = i;
}

struct text template_of(struct arena *arena, const struct text *paths, size_t count, struct text cwd)
{
	struct pattern pattern; /* not initialized: clearing it for each finding takes too long */
	bool all_below = true, ragged = false;
	for (size_t i = 0; i < count; i++)
		all_below &= text_below(paths[i], cwd).size > 0;
	struct text from = all_below ? cwd : text_none();
	first_pattern(&pattern, count ? from_cwd(paths[0], from) : text_none());
	for (size_t i = 1; i < count; i++)
		merge_path(&pattern, from_cwd(paths[i], from), &ragged);
	if (ragged)
		cut_ragged(&pattern);
	size_t size = 4;
	for (size_t i = 0; i < pattern.count; i++)
		size += pattern.size[i] + 1;
	char *out = arena_take(arena, size), *to = out;
	for (size_t i = 0; i < pattern.count; i++) {
		if (i || !all_below)
			*to++ = '/';
		memcpy(to, pattern.at[i], pattern.size[i]);
		to += pattern.size[i];
	}
	if (ragged) {
		memcpy(to, "/**", 3);
		to += 3;
	}
	return (struct text){out, (size_t)(to - out)};
}

/* ---- names from temporary functions ---- */

/* May the `random` characters before `end` have been chosen at random? */
static bool may_be_random(struct text name, size_t end, size_t random)
{
	if (end < random)
		return false;
	for (size_t i = end - random; i < end; i++)
		if (!isalnum((unsigned char)name.at[i]) && name.at[i] != '_')
			return false;
	return true;
}

struct text template_masked(struct arena *arena, struct text path, size_t random)
{
	struct text name = text_basename(path);
	size_t end = name.size;
	while (random && end && !may_be_random(name, end, random))
		do
			end--;
		while (end && name.at[end] != '.');
	if (!random || !end)
		return path;
	size_t before = path.size - name.size + end - random;
	return text_of(arena_format(arena, "%.*s*%.*s", (int)before, path.at, (int)(name.size - end), name.at + end));
}
