/*
 * site_habits.h - pages of which nothing speaks but that their site released others like them.
 */
#ifndef PAGELEAK_SITE_HABITS_H
#define PAGELEAK_SITE_HABITS_H

#include "base/arena.h"
#include "base/text.h"
#include "judge/page_rules.h"
#include "model/page_model.h"
#include "symbols/symbol.h"

/*
 * 98 of 100 released says that the other two leaked: of the same site and template more than half went by themselves.
 * Sets `judged`, and LEAKED where it was KEPT, of pages that are otherwise judged. `cwd` is the audit's, for templates.
 */
void site_habits_judge(struct arena *arena, struct symbols *symbols, struct page_rules *judge, struct text cwd,
		       const struct pages *pages);

#endif
