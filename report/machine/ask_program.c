/*
 * ask_program.c - maps the header of a journal and writes its request fields. Must not write anywhere else in the
 * journal.
 */
#include "machine/ask_program.h"
#include "base/clock_ns.h"
#include "format.h"
#include "walk.h"
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned answers_to(struct journal_header *header)
{
	enum { WAIT_MS = 1000, QUIET_MS = 150, STEP_MS = 10 };
	uint32_t before = __atomic_load_n(&header->answered, __ATOMIC_ACQUIRE), seen = before;
	int quiet = 0;
	__atomic_fetch_add(&header->asked, 1, __ATOMIC_ACQ_REL);
	for (int waited = 0; waited < WAIT_MS && (seen == before || quiet < QUIET_MS); waited += STEP_MS) {
		usleep(STEP_MS * 1000);
		uint32_t now = __atomic_load_n(&header->answered, __ATOMIC_ACQUIRE);
		quiet = now == seen ? quiet + STEP_MS : 0;
		seen = now;
	}
	return seen - before;
}

/* Maps the header of a journal that this user owns (root: any); NULL for others. */
static struct journal_header *map_header(const char *path)
{
	int descriptor = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	struct stat status;
	if (descriptor < 0)
		return NULL;
	bool usable = !fstat(descriptor, &status) && S_ISREG(status.st_mode) && status.st_size >= JOURNAL_HEADER_SIZE &&
		      (status.st_uid == geteuid() || !geteuid());
	struct journal_header *header =
		usable ? mmap(NULL, JOURNAL_HEADER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
		       : MAP_FAILED;
	close(descriptor);
	if (header == MAP_FAILED)
		return NULL;
	if (walk_header(header) == WALK_HEADER_FITS)
		return header;
	munmap(header, JOURNAL_HEADER_SIZE);
	return NULL;
}

unsigned ask_program_why(const char *path)
{
	struct journal_header *header = map_header(path);
	unsigned answers = header ? answers_to(header) : 0;
	if (header)
		munmap(header, JOURNAL_HEADER_SIZE);
	return answers;
}

uint64_t ask_program_snapshot(const char *path)
{
	struct journal_header *header = map_header(path);
	if (!header)
		return 0;
	uint64_t last_ns = __atomic_exchange_n(&header->snapshot_ns, clock_ns(CLOCK_REALTIME), __ATOMIC_RELAXED);
	munmap(header, JOURNAL_HEADER_SIZE);
	return last_ns;
}
