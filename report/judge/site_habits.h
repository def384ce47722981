/*
 * site_habits.h - finds pages that nothing makes one but that their site released others like them.
 */
#ifndef PAGELEAK_SITE_HABITS_H
#define PAGELEAK_SITE_HABITS_H

#include "base/arena.h"
#include "base/text.h"
#include "judge/page_rules.h"
#include "model/page_model.h"
#include "symbols/symbol.h"

/*
 * Judges pages that no other rule made one: if more than half of those of the same site and template were released, the
 * others leaked. Sets `judged`, and LEAKED where the verdict was KEPT. All other pages must be judged before. `cwd` is
 * the audit's, for templates.
 */
void site_habits_judge(struct arena *arena, struct symbols *symbols, struct page_rules *judge, struct text cwd,
		       const struct pages *pages);

#endif
