/*
 * glob.c - matches path patterns. Must not touch the disk.
 */
#include "base/glob.h"
#include <string.h>

/*
 * Matches `byte` with the set whose `[` stands before `*at`, and moves `*at` past its `]`. A set without an end is the
 * byte `[` itself.
 */
static bool set_match(const char **at, unsigned char byte, bool *is_set)
{
	const char *set = *at;
	bool negated = *set == '!' || *set == '^', found = false;
	set += negated;
	const char *first = set;
	for (; *set && (*set != ']' || set == first); set++) {
		unsigned char low = (unsigned char)*set, high = low;
		if (set[1] == '-' && set[2] && set[2] != ']') {
			high = (unsigned char)set[2];
			set += 2;
		}
		found |= low <= byte && byte <= high;
	}
	*is_set = *set == ']';
	if (*is_set)
		*at = set + 1;
	return found != negated;
}

/* Matches one non-star element at `*pattern` with `byte`; moves `*pattern` past it. */
static bool one_match(const char **pattern, unsigned char byte)
{
	const char *at = *pattern;
	if (!*at)
		return false;
	bool is_set = false, found = false;
	if (*at == '[') {
		const char *set = at + 1;
		found = set_match(&set, byte, &is_set);
		if (is_set) {
			*pattern = set;
			return found && byte != '/';
		}
	}
	if (*at == '\\' && at[1])
		at++;
	else if (*at == '?') {
		*pattern = at + 1;
		return byte != '/';
	}
	*pattern = at + 1;
	return (unsigned char)*at == byte;
}

/* Where matching resumes after a star: the pattern behind it, and how much of the text it has taken. */
struct star {
	const char *pattern; /* NULL none */
	size_t at;
	bool whole; /* "**" and '/' at the start of a component: takes whole components, or nothing */
};

static bool star_grow(struct star *star, struct text text, bool crosses)
{
	if (!star->pattern)
		return false;
	do {
		if (star->at >= text.size || (!crosses && text.at[star->at] == '/'))
			return false;
		star->at++;
	} while (star->whole && text.at[star->at - 1] != '/');
	return true;
}

static const char *star_begin(const char *begin, const char *pattern, struct star *star, size_t at)
{
	const char *after = pattern;
	while (*after == '*')
		after++;
	bool whole = after - pattern > 1 && *after == '/' && (pattern == begin || pattern[-1] == '/');
	after += whole;
	*star = (struct star){after, at, whole};
	return after;
}

/*
 * Remembers two places to go back to: the last `*` and the last `**`. When a `*` would have to take a '/', only the
 * `**` before it can grow. An earlier star of a kind is never needed again: the later one can take as much.
 */
bool glob_match(const char *pattern, struct text text)
{
	const char *begin = pattern;
	struct star within = {0}, across = {0};
	size_t i = 0;
	for (;;) {
		if (*pattern == '*') {
			bool crosses = pattern[1] == '*';
			pattern = star_begin(begin, pattern, crosses ? &across : &within, i);
			if (crosses)
				within.pattern = NULL;
			continue;
		}
		if (i == text.size && !*pattern)
			return true;
		if (*pattern == '/' && !pattern[1] && i + 1 < text.size && text.at[i] == '/')
			return true; /* "directory/" matches all that is below the directory */
		if (i < text.size && one_match(&pattern, (unsigned char)text.at[i])) {
			i++;
		} else if (star_grow(&within, text, false)) {
			i = within.at, pattern = within.pattern;
		} else if (star_grow(&across, text, true)) {
			i = across.at, pattern = across.pattern;
			within.pattern = NULL;
		} else {
			return false;
		}
	}
}

/* Ignores a '/' at the end of `cwd`, and "./" in front of a relative pattern. */
bool glob_match_path(const char *pattern, const char *cwd, struct text path)
{
	if (*pattern == '/' || !cwd)
		return glob_match(pattern, path);
	while (pattern[0] == '.' && pattern[1] == '/')
		pattern += 2;
	size_t size = strlen(cwd);
	while (size && cwd[size - 1] == '/')
		size--;
	if (path.size <= size || memcmp(path.at, cwd, size) || path.at[size] != '/') {
		/* no relative pattern matches above `cwd`: a leading "**" means any depth below it */
		return false;
	}
	return glob_match(pattern, (struct text){path.at + size + 1, path.size - size - 1});
}

size_t glob_fixed(const char *pattern)
{
	size_t size = strcspn(pattern, "*?[\\");
	while (size && pattern[size - 1] != '/')
		size--;
	return size;
}
