/*
 * sorted_list.h - searches sorted lists.
 */
#ifndef PAGELEAK_SORTED_LIST_H
#define PAGELEAK_SORTED_LIST_H

#include <stddef.h>

/*
 * Number of the leading items, of `count`, for which `before` holds: an expression of the index `i` that is true for a
 * prefix of the list.
 */
#define COUNT_BEFORE(count, i, before)                                                                                 \
	__extension__({                                                                                                \
		size_t low_ = 0, high_ = (count);                                                                      \
		while (low_ < high_) {                                                                                 \
			size_t i = low_ + (high_ - low_) / 2;                                                          \
			if (before)                                                                                    \
				low_ = i + 1;                                                                          \
			else                                                                                           \
				high_ = i;                                                                             \
		}                                                                                                      \
		low_;                                                                                                  \
	})

#endif
