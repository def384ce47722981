/*
 * swept_with_directory.h - pages that went because a directory above them was removed. Must not ask what makes an entry
 * a page.
 */
#ifndef PAGELEAK_SWEPT_WITH_DIRECTORY_H
#define PAGELEAK_SWEPT_WITH_DIRECTORY_H

#include "model/journal_model.h"
#include "model/page_model.h"

/*
 * What went in the removal of a directory that was itself in time was in time, too, though the test that put it there
 * had ended: a session's directory may be filled by every test. A removal is a run of releases by one thread, of
 * nothing but what lies below the directory, that ends with the directory's own. Changes verdict and phase of such
 * pages.
 */
void swept_with_directory_judge(const struct journal *journal, const struct pages *pages);

#endif
