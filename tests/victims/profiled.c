/*
 * profiled.c - does nothing. Built with -pg: libc writes gmon.out into the current directory when it ends.
 * 1 page leaked: gmon.out, by _mcleanup.
 */
int main(void)
{
	return 0;
}
