/*
 * owner.h - finds the process that owns a page at a moment, and judges releases by it.
 */
#ifndef PAGELEAK_OWNER_H
#define PAGELEAK_OWNER_H

#include "base/arena.h"
#include "model/page_model.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include "symbols/symbol.h"

/*
 * The program image that owns at `time_ns` what `maker` made; UINT64_MAX: in the end. NULL: all that could own it have
 * ended.
 */
struct process *owner_at(struct process *maker, uint64_t time_ns);
/* The verdict of a page that was released: RELEASED, LATE or FOREIGN. Sets its owner and phase. */
enum verdict owner_release(struct arena *arena, struct symbols *symbols, struct page *page);

#endif
