/*
 * constructor.c - a library whose constructor starts a thread, which makes and removes a page, and waits for it: while
 * dlopen holds the loader's lock. 1 page released.
 */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static void *work(void *unused)
{
	close(open("constructed", O_CREAT | O_WRONLY, 0600));
	unlink("constructed");
	return unused;
}

__attribute__((constructor)) static void start(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, NULL) == 0)
		pthread_join(thread, NULL);
}
