/*
 * embed_loads.c - `embed_loads LIBPYTHON global|local|late SOURCE` loads an interpreter by dlopen, runs the source
 * text, and ends it. late: for all to see, as with global, but only when a file has been made and removed.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **arguments)
{
	if (count == 4 && !strcmp(arguments[2], "late"))
		fclose(fopen("early", "w")), remove("early");
	void *library =
		count == 4 ? dlopen(arguments[1], RTLD_NOW | (strcmp(arguments[2], "local") ? RTLD_GLOBAL : RTLD_LOCAL))
			   : NULL;
	void (*initialize)(void);
	int (*run)(const char *, void *);
	int (*finalize)(void);

	if (!library)
		return fprintf(stderr, "%s\n", count == 4 ? dlerror() : "usage"), 125;
	*(void **)&initialize = dlsym(library, "Py_Initialize");
	*(void **)&run = dlsym(library, "PyRun_SimpleStringFlags");
	*(void **)&finalize = dlsym(library, "Py_FinalizeEx");
	initialize();
	int status = run(arguments[3], NULL);
	finalize();
	return status != 0;
}
