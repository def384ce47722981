/*
 * suppression_text.h - writes rules for what is not to count, as suppress.h reads them.
 */
#ifndef PAGELEAK_SUPPRESSION_TEXT_H
#define PAGELEAK_SUPPRESSION_TEXT_H

#include "base/arena.h"
#include "model/report_model.h"

/* A rule that hides this finding, to be pasted into a file, and as little else as can be told without paths and lines. */
const char *suppression_text_for(struct arena *arena, const struct finding *finding);

#endif
