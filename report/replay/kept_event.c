/*
 * kept_event.c - puts an event and its names into one block of memory. Must not ask what the event means.
 */
#include "replay/kept_event.h"
#include "base/arena.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

static struct text moved(char **to, struct text text)
{
	if (!text.size)
		return text_none();
	struct text copy = {memcpy(*to, text.at, text.size), text.size};
	*to += text.size;
	return copy;
}

struct event *kept_event(const struct event *event)
{
	const struct event_move *move = event->move;
	size_t names = event->base.size + event->path.size + (move ? move->base2.size + move->path2.size : 0);
	struct event *copy = malloc(sizeof *copy + (move ? sizeof *move : 0) + names);
	if (!copy)
		arena_out_of_memory();
	struct event_move *copy_move = (struct event_move *)(copy + 1);
	char *to = (char *)(copy_move + (move ? 1 : 0));
	*copy = *event;
	copy->base = moved(&to, event->base);
	copy->path = moved(&to, event->path);
	copy->scope = text_none();
	copy->objects = NULL;
	copy->object_count = 0;
	if (move) {
		*copy_move = *move;
		copy_move->base2 = moved(&to, move->base2);
		copy_move->path2 = moved(&to, move->path2);
		copy->move = copy_move;
	}
	return copy;
}
