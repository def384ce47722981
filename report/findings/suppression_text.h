/*
 * suppression_text.h - writes suppression rules, as suppress.h reads them.
 */
#ifndef PAGELEAK_SUPPRESSION_TEXT_H
#define PAGELEAK_SUPPRESSION_TEXT_H

#include "base/arena.h"
#include "model/report_model.h"

/*
 * A rule that hides this finding and, as far as that is possible without paths and lines, no other; never NULL; the
 * arena's.
 */
const char *suppression_text_for(struct arena *arena, const struct finding *finding);

#endif
