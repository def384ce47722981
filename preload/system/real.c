/*
 * real.c - looks up the functions that the library replaces.
 *
 * Must not: leave an error for the program's next dlerror.
 */
#include "system/real.h"

#define HOOK(id, type, name, parameters, ...) type(*real_##name) parameters;
#define ODD(id, type, name, parameters) type(*real_##name) parameters;
#include "hooks.def"
#undef HOOK
#undef ODD

static const struct {
	const char *name;
	void **real;
} replaced[] = {
#define HOOK(id, type, name, ...) {#name, (void **)&real_##name},
#define ODD(id, type, name, parameters) {#name, (void **)&real_##name},
#include "hooks.def"
#undef HOOK
#undef ODD
};

void *real_find(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (!found)
		dlerror(); /* takes the error of this lookup away */
	return found;
}

void real_find_all(void)
{
	static bool found;

	if (__atomic_exchange_n(&found, true, __ATOMIC_ACQ_REL))
		return;
	for (size_t i = 0; i < sizeof replaced / sizeof *replaced; i++)
		if (!*replaced[i].real)
			*replaced[i].real = real_find(replaced[i].name);
}
