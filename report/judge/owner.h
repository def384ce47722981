/*
 * owner.h - whose page it is at a moment, and what a release by some process at that moment counts as.
 */
#ifndef PAGELEAK_OWNER_H
#define PAGELEAK_OWNER_H

#include "base/arena.h"
#include "model/page_model.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include "symbols/symbol.h"

/* The image that owns what `maker` made, at `time_ns`; UINT64_MAX: in the end. NULL: it ended and nobody inherited. */
struct process *owner_at(struct process *maker, uint64_t time_ns);
/* RELEASED, LATE or FOREIGN; sets the page's owner and phase. */
enum verdict owner_release(struct arena *arena, struct symbols *symbols, struct page *page);

#endif
