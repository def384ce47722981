/*
 * sorted_list.h - binary search in a sorted list.
 */
#ifndef PAGELEAK_SORTED_LIST_H
#define PAGELEAK_SORTED_LIST_H

#include <stddef.h>

/* How many of `count` items, all of them at the front, are those for which `before`, an expression of the index `i`, holds. */
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
