/*
 * begun_options.c - reads the AUDIT record of a journal, which is the first, and nothing else. Must not report errors:
 * the reader of the whole journal does.
 */
#include "cli/begun_options.h"
#include "base/text.h"
#include "format.h"
#include "journal/decode.h"
#include "machine/journal_load.h"
#include "model/journal_model.h"
#include "walk.h"
#include "options/options_settings.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORD_AT = JOURNAL_HEADER_SIZE + sizeof(struct journal_chunk) };

static bool read_at(int descriptor, void *to, size_t size, off_t at)
{
	return pread(descriptor, to, size, at) == (ssize_t)size;
}

static bool is_to_be_trusted(int descriptor)
{
	struct stat status;
	return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && journal_load_is_trusted(&status);
}

static bool read_audit(struct arena *arena, int descriptor, struct journal *out)
{
	struct journal_header header;
	struct journal_record head;
	uint32_t size;
	uint16_t type;
	if (!is_to_be_trusted(descriptor) || !read_at(descriptor, &header, sizeof header, 0) ||
	    walk_header(&header) != WALK_HEADER_FITS || !read_at(descriptor, &head, sizeof head, RECORD_AT) ||
	    walk_record(&head, CHUNK_MAX, &size, &type) != WALK_RECORD || type != RECORD_AUDIT ||
	    size < decode_least(RECORD_AUDIT))
		return false;
	void *record = arena_take(arena, size);
	return read_at(descriptor, record, size, RECORD_AT) && decode_audit(arena, record, size, out);
}

void begun_options_take_over(struct arena *arena, const char *journal, struct options *options)
{
	struct journal begun = {.arena = arena, .settings = text_none()};
	int descriptor = open(journal, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (descriptor < 0)
		return;
	if (read_audit(arena, descriptor, &begun) && begun.settings.size)
		options_settings_take_over(arena, arena_copy(arena, begun.settings.at, begun.settings.size),
					   begun.cwd.size ? arena_copy(arena, begun.cwd.at, begun.cwd.size) : NULL,
					   options);
	close(descriptor);
}
