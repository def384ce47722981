/*
 * plugin.c - a library, loaded in one of three ways: by hazards.c `reloaded` (it makes a page, and its destructor
 * removes one), or with -DWRAP by LD_PRELOAD, standing ahead of or behind others in front of open and unlink.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#ifdef WRAP
int open(const char *path, int flags, ...)
{
	int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
	va_list list;

	va_start(list, flags);
	int mode = va_arg(list, int);
	va_end(list);
	return next(path, flags, mode);
}

int unlink(const char *path)
{
	int (*next)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");

	return next(path);
}
#else
static int loaded;

void plugin_run(const char *path)
{
	loaded = 1;
	close(open("destroyed", O_CREAT | O_WRONLY, 0600));
	close(open(path, O_CREAT | O_EXCL | O_WRONLY, 0600));
}

static __attribute__((destructor)) void gone(void)
{
	if (loaded)
		unlink("destroyed");
}
#endif
