/*
 * free_threaded.c - exports what a free-threaded CPython 3.13 does, as far as it can be told by that, and makes the
 * file that it is given. Its frames must not be read: there are none.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>

const unsigned long Py_Version = 0x030d00f0;
uint64_t _PyRuntime[128] = {0x7970677562656478 /* xdebugpy */, 0x030d00f0, 1};
char PyCode_Type[512];

void *PyGILState_GetThisThreadState(void)
{
	abort();
}

int main(int count, char **arguments)
{
	return count == 2 && open(arguments[1], O_CREAT | O_WRONLY, 0600) >= 0 ? 0 : 1;
}
