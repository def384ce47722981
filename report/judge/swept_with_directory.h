/*
 * swept_with_directory.h - finds pages that were removed together with a directory above them.
 */
#ifndef PAGELEAK_SWEPT_WITH_DIRECTORY_H
#define PAGELEAK_SWEPT_WITH_DIRECTORY_H

#include "model/journal_model.h"
#include "model/page_model.h"

/*
 * Gives late pages the verdict and phase of a directory above them that was released in time, if they were removed
 * together with it: a session's directory may hold pages of every test, whose own tests have ended. Such a removal is a
 * run of releases by one thread, of nothing but entries below the directory, that ends with the directory's own.
 */
void swept_with_directory_judge(const struct journal *journal, const struct pages *pages);

#endif
