/*
 * output.c - opens the targets of reports and puts them in place. Writes a regular file under a temporary name and
 * renames it; writes to devices and pipes directly; follows no symbolic link in a directory that other users can write
 * to.
 */
#include "output/output.h"
#include "base/message.h"
#include "base/progress.h"
#include "model/verdicts.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct format formats[] = {
#define FORMAT(id, help) {#id, help, render_##id},
#include "options/options.def"
	{NULL, NULL, NULL},
};

static const size_t offsets[] = {
#define FORMAT(id, help) offsetof(struct options, id),
#include "options/options.def"
};

static const struct output *wanted_output(const struct options *options, size_t format)
{
	return (const struct output *)((const char *)options + offsets[format]);
}

struct target {
	const char *name;      /* as the user gave it */
	const char *path;      /* with symbolic links resolved */
	const char *temporary; /* is renamed to path; NULL: written in place */
	FILE *stream;
};

/*
 * The descriptor that a name stands for, -1 for a file. An open descriptor must be written to as it is, not replaced or
 * truncated.
 */
static int descriptor_of(const char *name)
{
	if (!name || strcmp(name, "-") == 0 || strcmp(name, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(name, "/dev/stderr") == 0)
		return STDERR_FILENO;
	if (strncmp(name, "/dev/fd/", 8) == 0 && name[8])
		return atoi(name + 8);
	return -1;
}

static const char *parent_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	return !slash ? "." : slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path));
}

/* Can everybody create names in the directory of `path`? Then a symbolic link there may be another user's trap. */
static bool shared_directory(struct arena *arena, const char *path)
{
	struct stat status;
	return stat(parent_of(arena, path), &status) == 0 && (status.st_mode & S_ISVTX) && (status.st_mode & S_IWOTH);
}

/*
 * Follows a symbolic link at `name` where that is safe. Sets `mode` to the mode of the target, 0 when it does not
 * exist. NULL after a message.
 */
static const char *resolve(struct arena *arena, const char *name, mode_t *mode)
{
	struct stat status;
	char real[PATH_MAX];
	*mode = 0;
	if (lstat(name, &status) != 0) {
		if (errno == ENOENT)
			return name;
		error("cannot write %s: %s", name, strerror(errno));
		return NULL;
	}
	*mode = status.st_mode;
	if (!S_ISLNK(status.st_mode))
		return name;
	if (shared_directory(arena, name)) {
		error("%s is a symbolic link in a directory that others may write to; not followed", name);
		return NULL;
	}
	if (!realpath(name, real) || lstat(real, &status) != 0) {
		error("cannot write %s: %s", name, strerror(errno));
		return NULL;
	}
	*mode = status.st_mode;
	return arena_copy(arena, real, strlen(real));
}

/* Buffers generously: reports may have many megabytes. */
static FILE *stream_of(int descriptor)
{
	FILE *stream = fdopen(descriptor, "w");
	if (stream)
		setvbuf(stream, NULL, _IOFBF, 1 << 18);
	return stream;
}

static int open_in_place(struct target *target, int flags)
{
	int descriptor = open(target->path, O_WRONLY | O_CLOEXEC | O_NOCTTY | flags);
	if (descriptor < 0)
		return error("cannot write %s: %s", target->name, strerror(errno));
	target->stream = stream_of(descriptor);
	return target->stream ? 0 : error("no memory");
}

static int open_beside(struct arena *arena, struct target *target, mode_t mode)
{
	char *temporary = arena_format(arena, "%s.XXXXXX", target->path);
	int descriptor = mkostemp(temporary, O_CLOEXEC);
	if (descriptor < 0) {
		/* No file can be created beside it, but the file itself may be writable. */
		if (mode != 0 && (errno == EACCES || errno == EPERM || errno == EROFS))
			return open_in_place(target, O_TRUNC | O_NOFOLLOW);
		return error("cannot write %s: %s", target->name, strerror(errno));
	}
	if (mode == 0) {
		mode_t mask = umask(0);
		umask(mask);
		mode = 0666 & ~mask;
	}
	fchmod(descriptor, mode & 0777);
	target->temporary = temporary;
	target->stream = stream_of(descriptor);
	return target->stream ? 0 : error("no memory");
}

static int open_target(struct arena *arena, const char *name, struct target *out)
{
	mode_t mode;
	int descriptor = descriptor_of(name);
	*out = (struct target){.name = name ? name : "standard output"};
	if (descriptor >= 0) {
		int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
		out->stream = copy >= 0 ? stream_of(copy) : NULL;
		return out->stream ? 0 : error("cannot write %s: %s", out->name, strerror(errno));
	}
	out->path = resolve(arena, name, &mode);
	if (!out->path)
		return -1;
	if (S_ISDIR(mode))
		return error("cannot write %s: it is a directory", name);
	if (mode != 0 && !S_ISREG(mode))
		return open_in_place(out, 0);
	return open_beside(arena, out, mode);
}

/* Puts the target in place; after an error, removes the temporary file, so that no file is left half written. */
static int close_target(struct target *target, int result)
{
	int code = 0;
	if (fflush(target->stream) != 0 || ferror(target->stream))
		code = errno ? errno : EIO;
	if (fclose(target->stream) != 0 && !code)
		code = errno;
	if (!code && !result && target->temporary && rename(target->temporary, target->path) != 0)
		code = errno;
	if (target->temporary && (code || result))
		unlink(target->temporary);
	if (code)
		return error("cannot write %s: %s", target->name, strerror(code));
	return result;
}

static bool color_wanted(long color, FILE *stream)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
	if (color != COLOR_AUTO)
		return color == COLOR_ALWAYS;
	return isatty(fileno(stream)) && !(no_color && *no_color) && terminal && strcmp(terminal, "dumb") != 0;
}

/* How to write one report to each of its targets. */
struct writing {
	struct arena *arena;
	output_writer *write;
	void *context;
	long color;
};

static int write_format(const struct writing *writing, const struct format *format, const struct output *output)
{
	struct target target;
	if (open_target(writing->arena, output->file, &target))
		return -1;
	return close_target(&target, writing->write(writing->context, format, target.stream,
						    color_wanted(writing->color, target.stream)));
}

/* The name of an earlier format that goes to the same file; NULL: none. Devices may take several. */
static const char *same_file(const struct options *options, size_t format)
{
	const char *file = wanted_output(options, format)->file;
	for (size_t i = 0; i < format; i++) {
		const struct output *other = wanted_output(options, i);
		if (other->wanted && other->file && strcmp(other->file, file) == 0)
			return formats[i].name;
	}
	return NULL;
}

int output_check(struct arena *arena, const struct options *options)
{
	const char *on_stdout = NULL;
	for (size_t i = 0; formats[i].name; i++) {
		const struct output *output = wanted_output(options, i);
		mode_t mode;
		if (!output->wanted)
			continue;
		int descriptor = descriptor_of(output->file);
		if (descriptor == STDOUT_FILENO && on_stdout)
			return error("--%s and --%s cannot both go to standard output; give one a file: --%s=FILE",
				     on_stdout, formats[i].name, formats[i].name);
		if (descriptor == STDOUT_FILENO)
			on_stdout = formats[i].name;
		if (descriptor >= 0)
			continue;
		const char *path = resolve(arena, output->file, &mode);
		if (!path)
			return -1;
		if (S_ISDIR(mode))
			return error("cannot write %s: it is a directory", output->file);
		if ((mode == 0 || S_ISREG(mode)) && same_file(options, i))
			return error("--%s and --%s cannot both go to %s", same_file(options, i), formats[i].name,
				     output->file);
		if (access(mode == 0 ? parent_of(arena, path) : path, W_OK) != 0)
			return error("cannot write %s: %s", output->file, strerror(errno));
	}
	return 0;
}

bool output_wanted(const struct options *options)
{
	for (size_t i = 0; formats[i].name; i++) {
		if (wanted_output(options, i)->wanted)
			return true;
	}
	return false;
}

bool output_repeatable(const struct options *options)
{
	for (size_t i = 0; formats[i].name; i++) {
		const struct output *output = wanted_output(options, i);
		bool lines = output == &options->text || output == &options->github || output == &options->markdown ||
			     output == &options->folded;
		if (output->wanted && (!lines || descriptor_of(output->file) < 0))
			return false;
	}
	return true;
}

int output_each(struct arena *arena, const struct options *options, FILE *text_to, output_writer *write, void *context)
{
	struct writing writing = {arena, write, context, options->color};
	progress_clear();
	int result = 0;
	for (size_t i = 0; formats[i].name; i++) {
		const struct output *output = wanted_output(options, i);
		if (output == &options->text && !output->wanted && text_to) {
			result |= write(context, &formats[i], text_to, color_wanted(options->color, text_to));
			if (fflush(text_to) != 0 || ferror(text_to))
				result = error("cannot write the report: %s", strerror(errno));
		}
		if (output->wanted && write_format(&writing, &formats[i], output))
			result = -1;
	}
	return result;
}

struct rendering {
	struct arena *arena;
	const struct report *report;
	struct render_options options;
};

static int render(void *context, const struct format *format, FILE *out, bool color)
{
	struct rendering *rendering = context;
	rendering->options.color = color;
	return format->render(rendering->arena, out, rendering->report, &rendering->options);
}

int output_write(struct arena *arena, const struct options *options, const struct gate *gate,
		 const struct report *report, const char *journal, FILE *text_to)
{
	struct rendering rendering = {arena,
				      report,
				      {.show_kept = options->show_kept,
				       .all_frames = options->all_frames,
				       .collected = options->why || gate->collector,
				       .late = gate->fails[VERDICT_LATE],
				       .gate = gate,
				       .failed = gate_judge(gate, report) == GATE_FAILED,
				       .journal = journal}};
	return output_each(arena, options, text_to, render, &rendering);
}
